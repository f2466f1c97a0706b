/* A big file goes by pieces to its form's own address (portal/web/subidas.py): it goes on after a dropped connection,
   and after the page was closed when the same file is chosen again. portal.js asks for it as `globalThis.subidas`. */

const FROM = 4e6 // bytes: lighter files go with their form
const [SMALLEST, FIRST, LARGEST] = [2 ** 19, 2 ** 21, 2 ** 26] // bytes of a piece; it doubles while the line is fast
const STALLED = 90e3 // ms without a byte
const PATIENCE = 10 * 60e3 // ms of trying again before the person is told
const WAITS = [1, 2, 4, 8, 15, 30] // s between two tries
const KEPT = 24 * 3600e3 // ms: as long as the portal keeps what nobody goes on with
const MEMORY = 'portal-subidas'

class Dropped extends Error {}
class Stopped extends Error {}
class Refused extends Error {}

/* ---- What this browser began: a hash of form and file -> id, because an address may hold a personal link ---- */

function key(action, file) {
  const text = [new URL(action, location.href).pathname, file.name, file.size, file.lastModified].join('\n')
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (const letter of text) {
    a = Math.imul(a ^ letter.codePointAt(0), 2654435761)
    b = Math.imul(b ^ letter.codePointAt(0), 1597334677)
  }
  return `${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}`
}

function recall() {
  try {
    const all = Object.entries(JSON.parse(localStorage.getItem(MEMORY)) ?? {})
    return Object.fromEntries(all.filter(([, known]) => Date.now() - known.at < KEPT))
  } catch { return {} }
}

function remember(name, id) {
  const all = recall()
  if (id) all[name] = { id, at: Date.now() }
  else delete all[name]
  try { localStorage.setItem(MEMORY, JSON.stringify(all)) } catch { /* a private window keeps nothing */ }
}

/* ---- One request ---- */

const CLOSED = 'La sesión terminó o la página estuvo abierta demasiado tiempo. Hay que recargarla, ingresar y elegir el mismo archivo: el envío continúa donde iba.'

function ask(job, what, headers = {}, body = null, progress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let timer
    const alive = () => { clearTimeout(timer); timer = setTimeout(() => { request.onabort = () => reject(new Dropped()); request.abort() }, STALLED) }
    request.open('POST', job.action)
    for (const [name, value] of Object.entries({ 'Portal-Subida': what, 'X-CSRFToken': job.token, ...headers })) request.setRequestHeader(name, value)
    if (body) request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.onprogress = event => { alive(); progress(event.loaded) }
    request.onerror = () => reject(new Dropped())
    request.onabort = () => reject(new Stopped())
    request.onloadend = () => clearTimeout(timer)
    request.onload = () => {
      let answer = {}
      try { answer = JSON.parse(request.responseText) } catch { if (request.status < 500 && request.status !== 404) { reject(new Refused(CLOSED)); return } }
      if (request.status === 429 || request.status >= 500) reject(new Dropped())
      else resolve({ ...answer, status: request.status })
    }
    if (job.stopped) { reject(new Stopped()); return }
    job.request = request
    alive()
    request.send(body)
  })
}

/* ---- One file ---- */

function pause(job, seconds) {
  return new Promise(resolve => {
    const wake = () => { clearTimeout(timer); removeEventListener('online', wake); resolve() }
    const timer = setTimeout(wake, seconds * 1000)
    addEventListener('online', wake)
    job.wake = wake
  })
}

/* Tries until it works, the person cancels, or patience ends; nothing that arrived is lost in any case. */
async function patiently(job, action) {
  const since = performance.now()
  for (let tries = 0; ; tries++) {
    try { return await action() }
    catch (error) {
      if (!(error instanceof Dropped)) throw error
      if (performance.now() - since > PATIENCE) throw new Refused('Se cortó la conexión. Lo que llegó se conserva un día: al volver a enviar el mismo archivo, continúa donde iba.')
      job.say('Se cortó la conexión. El envío continúa solo en cuanto vuelva…')
      await pause(job, WAITS[Math.min(tries, WAITS.length - 1)])
      if (job.stopped) throw new Stopped()
    }
  }
}

async function begin(job, file) {
  const headers = { 'Upload-Length': file.size, 'Portal-Archivo': encodeURIComponent(file.name) }
  const answer = await patiently(job, () => ask(job, 'nueva', headers))
  if (answer.status === 404) return null
  if (answer.status !== 201) throw new Refused(answer.mensaje)
  return answer.id
}

async function position(job, id) {
  const answer = await patiently(job, () => ask(job, `consultar ${id}`))
  return answer.status === 200 ? answer.recibido : null
}

/* The id of the whole file; null where the form takes none by pieces. */
async function sendOne(job, file, before) {
  const name = key(job.action, file)
  let id = recall()[name]?.id ?? null
  let at = id ? await position(job, id) : null
  if (at === null) {
    id = await begin(job, file)
    if (id === null) return null
    at = 0
    remember(name, id)
  }
  job.begun.set(name, id)
  for (let piece = FIRST; at < file.size;) {
    const [from, started] = [at, performance.now()]
    let answer
    try {
      answer = await ask(job, `agregar ${id}`, { 'Upload-Offset': at }, file.slice(at, at + piece), loaded => job.progress(before + from + loaded))
    } catch (error) {
      if (!(error instanceof Dropped)) throw error
      job.say('Se cortó la conexión. El envío continúa solo en cuanto vuelva…')
      await pause(job, WAITS[0])
      if (job.stopped) throw new Stopped()
      piece = Math.max(SMALLEST, piece / 2)
      answer = { recibido: await position(job, id), status: 409 }
    }
    if (answer.status === 404 || answer.recibido === null) {
      remember(name, null)
      throw new Refused('El archivo que se estaba enviando ya no está en el portal. Hay que enviarlo de nuevo.')
    }
    if (![200, 409].includes(answer.status)) throw new Refused(answer.mensaje)
    at = answer.recibido
    job.progress(before + at)
    if (answer.status === 200 && performance.now() - started < 4000) piece = Math.min(LARGEST, piece * 2)
  }
  return id
}

/* ---- One form ---- */

const tokenOf = form => form.querySelector('[name=csrf_token]')?.value ?? ''

/* What of this form goes by pieces, or null. `run` answers '' when all of it is there, or the sentence for the person. */
function job(form, data, action) {
  const inputs = [...form.querySelectorAll('input[type=file]')].filter(input => [...input.files].reduce((sum, file) => sum + file.size, 0) > FROM)
  if (!inputs.length || !data.get('csrf_token')) return null
  const total = inputs.flatMap(input => [...input.files]).reduce((sum, file) => sum + file.size, 0)
  const self = { action, token: tokenOf(form), begun: new Map(), stopped: false, running: true }
  self.forget = () => self.begun.forEach((_, name) => remember(name, null))
  self.cancel = () => { self.stopped = true; self.request?.abort(); self.wake?.() }
  const discard = async () => {
    self.stopped = false
    self.forget()
    await Promise.allSettled([...self.begun.values()].map(id => ask(self, `cancelar ${id}`)))
  }
  self.run = async (progress, say) => {
    self.say = say
    self.progress = sent => progress(sent / total)
    let before = 0
    try {
      for (const input of inputs) {
        const ids = []
        for (const file of input.files) {
          const id = await sendOne(self, file, before)
          if (id === null) return ''
          ids.push(id)
          before += file.size
        }
        data.delete(input.name)
        ids.forEach(id => data.append(`subida_${input.name}`, id))
      }
      return ''
    } catch (error) {
      if (error instanceof Stopped) { await discard(); return 'Cancelaste el envío. No se guardó nada.' }
      if (error instanceof Refused) return error.message
      throw error
    } finally { self.running = false }
  }
  return self
}

/* Where this file was begun before: how much of it (0 to 1) the portal has, and what forgets it; null otherwise. */
async function known(form, file) {
  const name = key(form.action, file)
  const id = recall()[name]?.id
  if (!id) return null
  const one = { action: form.action, token: tokenOf(form) }
  const answer = await ask(one, `consultar ${id}`).catch(() => null)
  if (answer?.status === 404) remember(name, null)
  if (answer?.status !== 200) return null
  return { share: answer.recibido / answer.bytes, forget: () => { remember(name, null); return ask(one, `cancelar ${id}`).catch(() => null) } }
}

globalThis.subidas = { job, known }
