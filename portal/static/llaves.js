/* Passkeys: shows the forms that ask for one, and fills them with what the device answered. Nothing else depends on it. */

const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const known = list => (list ?? []).map(item => ({ ...item, id: bytes(item.id) }))

class Refusal extends Error {}

async function options(form) {
  const answer = await fetch(form.dataset.opciones, { method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' } })
  if (!(answer.headers.get('Content-Type') ?? '').includes('json')) {
    throw new Refusal(answer.status === 429 ? 'Hubo demasiados intentos. En unos minutos se puede volver a intentar.' : 'La página estuvo abierta demasiado tiempo. Hay que recargarla.')
  }
  const data = await answer.json()
  if (!answer.ok) throw new Refusal(data.error)
  return { ...data, challenge: bytes(data.challenge) }
}

const ceremonies = {
  async crear(form) {
    const asked = await options(form)
    const made = await navigator.credentials.create({ publicKey: { ...asked, user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: known(asked.excludeCredentials) } })
    const { clientDataJSON, attestationObject } = made.response
    return [made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: made.response.getTransports?.() ?? [] }]
  },
  async usar(form) {
    const asked = await options(form)
    const found = await navigator.credentials.get({ publicKey: { ...asked, allowCredentials: known(asked.allowCredentials) } })
    const { clientDataJSON, authenticatorData, signature, userHandle } = found.response
    return [found, { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : null }]
  },
}

function sentence(error) {
  if (error instanceof Refusal) return error.message
  if (error.name === 'InvalidStateError') return 'Este dispositivo ya tiene una llave de esta cuenta.'
  if (error.name === 'NotAllowedError') return 'No se usó ninguna llave. Se puede intentar de nuevo o entrar de otra forma.'
  return 'El navegador no pudo usar la llave. Se puede intentar de nuevo o entrar de otra forma.'
}

async function begin(event) {
  const form = event.currentTarget
  event.preventDefault()
  event.stopPropagation()
  const button = form.querySelector('button[type=submit]')
  const error = form.querySelector('[data-llave-error]')
  if (button.getAttribute('aria-disabled')) return
  button.setAttribute('aria-disabled', 'true')
  error.hidden = true
  try {
    const [credential, response] = await ceremonies[form.dataset.llave](form)
    form.elements.credencial.value = JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, clientExtensionResults: {}, authenticatorAttachment: credential.authenticatorAttachment ?? null, response })
    if (form.elements.contrasena) form.elements.contrasena.disabled = true
    form.submit()
  } catch (problem) {
    error.textContent = sentence(problem)
    error.hidden = false
    button.removeAttribute('aria-disabled')
  }
}

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const form of document.querySelectorAll('form[data-llave]')) {
    form.hidden = false
    form.addEventListener('submit', begin)
  }
  for (const note of document.querySelectorAll('[data-llave-ausente]')) note.hidden = true
}
