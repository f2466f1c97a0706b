/* The editor of letters: the pages beside the text follow what is typed, and a datum goes where the cursor was. */

const form = document.querySelector('[data-plantilla]')
const place = form.querySelector('[data-plantilla-vista]')
const isText = element => element?.matches('textarea, input:not([type])')
let last = form.contains(document.activeElement) && isText(document.activeElement) ? document.activeElement : null
let timer = 0
let running = null

async function draw() {
  running?.abort()
  running = new AbortController()
  place.setAttribute('aria-busy', 'true')
  try {
    const answer = await fetch(form.dataset.plantilla, { method: 'POST', body: new FormData(form), signal: running.signal })
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text()
    else if (answer.status !== 429) place.textContent = 'La vista previa no se pudo actualizar. Lo escrito sigue aquí.'
  } catch (error) {
    if (error.name === 'AbortError') return
    place.textContent = 'No hay conexión: la vista previa se actualizará después. Lo escrito sigue aquí.'
  }
  place.removeAttribute('aria-busy')
}

function insert(name) {
  const field = last ?? form.querySelector('textarea')
  const text = `{{ ${name} }}`
  field.focus()
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

form.addEventListener('focusin', event => { if (isText(event.target)) last = event.target })
form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(draw, 700) })
form.addEventListener('click', event => {
  const button = event.target.closest('[data-insertar]')
  if (button) insert(button.dataset.insertar)
  if (event.target.closest('[name=accion][value=vista]')) { event.preventDefault(); draw() }
})
if (form.dataset.aqui) {
  const here = document.getElementById(form.dataset.aqui)
  here?.scrollIntoView({ block: 'center' })
  here?.focus({ preventScroll: true })
}
