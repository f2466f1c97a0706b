/* Everything here improves pages that already work without it. Built for a strict CSP: no inline handlers, no innerHTML. */

const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]

function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props)
  node.append(...children)
  return node
}

/* The accent's style carries the other answer's nonce: parsing it would be reported as a breach of the policy. */
const parse = html => new DOMParser().parseFromString(html.replace(/<style[\s\S]*?<\/style>/gi, ''), 'text/html')
const plain = text => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const size = bytes => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`

function debounce(action, wait) {
  let timer
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => action(...args), wait) }
}

/* ---- Sending: once, with a warning for what is not saved, with progress for files ---- */

function release(form) {
  delete form.dataset.enviado
  for (const button of $$('[data-texto]', form)) {
    button.textContent = button.dataset.texto
    button.removeAttribute('aria-disabled')
    delete button.dataset.texto
  }
}

function onSubmit(event) {
  const form = event.target
  const button = event.submitter
  if (form.dataset.enviado) { event.preventDefault(); return }
  if (form.dataset.confirmar && !window.confirm(form.dataset.confirmar)) { event.preventDefault(); return }
  const tooBig = $$('input[type=file]', form).find(input => overLimit(input).length)
  if (tooBig) { event.preventDefault(); tooBig.focus(); return }
  const upload = form.matches('[data-subida]') && $$('input[type=file]', form).some(input => input.files.length)
  if (form.method !== 'post' || !(upload || form.matches('[data-una-vez]') || button?.matches('[data-una-vez]'))) return
  const data = upload ? new FormData(form, button) : null
  form.dataset.enviado = '1'
  if (button) {
    if (!button.children.length) { button.dataset.texto = button.textContent; button.textContent = 'Enviando…' }
    button.setAttribute('aria-disabled', 'true')
  }
  if (upload) { event.preventDefault(); send(form, data, button?.formAction && button.hasAttribute('formaction') ? button.formAction : form.action) }
  else setTimeout(() => { release(form); button?.removeAttribute('aria-disabled') }, 10000)
}

async function send(form, data, action) {
  const bar = el('progress', { className: 'portal-progreso', max: 100, value: 0 })
  bar.setAttribute('aria-label', 'Avance del envío')
  const text = el('p', { textContent: 'Enviando…' })
  text.setAttribute('role', 'status')
  const cancel = el('button', { type: 'button', className: 'govuk-button govuk-button--secondary portal-boton--chico', textContent: 'Cancelar el envío' })
  const box = el('div', { className: 'portal-subida' }, text, bar, cancel)
  form.append(box)
  const stop = message => { box.replaceChildren(el('p', { textContent: message })); box.firstChild.setAttribute('role', 'alert'); release(form); setTimeout(() => box.remove(), 12000) }
  const say = words => { if (text.textContent !== words) text.textContent = words }
  const progress = part => {
    const share = Math.round(100 * part)
    bar.value = share
    if (share === 100) { say('Recibido. Estamos revisando el archivo…'); cancel.hidden = true }
    else say(`Enviando… ${share - share % 10} %`)
  }
  const job = globalThis.subidas?.job(form, data, action)
  const request = new XMLHttpRequest()
  cancel.addEventListener('click', () => job?.running ? job.cancel() : request.abort())
  const refusal = await job?.run(progress, say)
  if (refusal) { stop(refusal); return }
  const lost = job?.begun.size ? 'Se cortó la conexión. El archivo sí llegó: al volver a enviar, no se repite.' : 'Se cortó la conexión y el archivo no se guardó. Vuelve a enviarlo.'
  request.upload.addEventListener('progress', event => { if (event.lengthComputable) progress(event.loaded / event.total) })
  request.addEventListener('load', () => {
    const gone = request.getResponseHeader('Portal-Subida') === 'perdida'
    if (gone || request.status < 400) job?.forget()
    if (gone) stop('El archivo que se estaba enviando ya no está en el portal. Hay que enviarlo de nuevo.')
    else show(request, stop)
  })
  request.addEventListener('error', () => stop(lost))
  request.addEventListener('abort', () => stop('Cancelaste el envío. No se guardó nada.'))
  request.open('POST', action)
  request.send(data)
}

/* The answer is shown as it came, because a second GET would lose the message that the server left for this page. */
function show(request, stop) {
  const answer = parse(request.responseText)
  if (!$('main', answer)) { stop(request.status === 413 ? 'El archivo es demasiado grande y no se guardó.' : 'El servidor no pudo recibirlo. Vuelve a intentarlo.'); return }
  dirty.clear()
  swapped = true
  document.title = answer.title
  document.body.className = answer.body.className
  document.body.replaceChildren(...answer.body.childNodes)
  if (request.responseURL && request.responseURL !== location.href) history.pushState(null, '', request.responseURL)
  scrollTo(0, 0)
  init(document)
  if (!$('[data-resumen-errores]')) $('main')?.focus()
}

const dirty = new Set()
let swapped = false

/* ---- Files: preview, limit, drag and drop, several photos ---- */

const chosen = new WeakMap()

function overLimit(input) {
  const limit = Number(input.dataset.maxBytes)
  return limit ? [...input.files].filter(file => file.size > limit) : []
}

function setFiles(input, files) {
  const list = new DataTransfer()
  files.forEach(file => list.items.add(file))
  input.files = list.files
  chosen.set(input, files)
  preview(input)
}

function onFiles(input) {
  const before = input.multiple ? chosen.get(input) ?? [] : []
  const known = file => before.some(old => old.name === file.name && old.size === file.size && old.lastModified === file.lastModified)
  setFiles(input, [...before, ...[...input.files].filter(file => !known(file))])
}

function preview(input) {
  const view = $('[data-zona-vista]', input.closest('[data-zona]') ?? document.createElement('i'))
  if (!view) return
  const button = $('.portal-zona__boton', input.parentElement)
  if (button) button.textContent = input.files.length ? (input.multiple ? 'Agregar otro archivo' : 'Elegir otro archivo') : (input.multiple ? 'Elegir archivos' : 'Elegir archivo')
  const tooBig = overLimit(input)
  view.replaceChildren(...[...input.files].map((file, index) => card(input, file, index, tooBig.includes(file))))
}

function card(input, file, index, tooBig) {
  const box = el('div', { className: 'portal-zona__archivo' })
  if (file.type.startsWith('image/')) box.append('recorte' in input.dataset ? square(file, box) : photo(file))
  else box.append(el('strong', { textContent: (file.name.split('.').pop() || 'archivo').toUpperCase() }))
  const words = tooBig ? `${file.name} pesa ${size(file.size)} y el límite es ${size(Number(input.dataset.maxBytes))}. Hace falta uno más ligero.` : `${file.name} · ${size(file.size)}`
  box.append(el('span', { textContent: words }))
  if (tooBig) { box.classList.add('portal-zona__archivo--mal'); box.setAttribute('role', 'alert') }
  const button = (label, long, action) => {
    const node = el('button', { type: 'button', className: 'portal-visor__boton', textContent: label })
    node.setAttribute('aria-label', long)
    node.addEventListener('click', action)
    box.append(node)
  }
  const files = [...input.files]
  if (input.multiple && index > 0) button('↑', `Poner antes ${file.name}`, () => { [files[index - 1], files[index]] = [files[index], files[index - 1]]; setFiles(input, files) })
  if (!tooBig && input.form?.matches('[data-subida]')) offer(input, file, box)
  button('Quitar', `Quitar ${file.name}`, () => { setFiles(input, files.filter(other => other !== file)); input.focus() })
  return box
}

/* A file that was on its way before the page was closed. */
async function offer(input, file, box) {
  const before = await globalThis.subidas?.known(input.form, file)
  if (!before || !box.isConnected) return
  const again = el('button', { type: 'button', className: 'portal-visor__boton', textContent: 'Empezar de nuevo' })
  const line = el('span', { textContent: `De este archivo ya llegó ${Math.floor(100 * before.share)} %: al enviarlo, continúa donde se quedó.` })
  again.addEventListener('click', () => { before.forget(); line.remove(); again.remove(); input.focus() })
  box.append(line, again)
}

function photo(file) {
  const image = el('img', { alt: '', src: URL.createObjectURL(file) })
  image.addEventListener('load', () => URL.revokeObjectURL(image.src), { once: true })
  return image
}

function square(file, box) {
  const canvas = el('canvas', { width: 320, height: 320 })
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', 'Así quedará tu fotografía, recortada al centro')
  box.classList.add('portal-zona__archivo--recorte')
  createImageBitmap(file).then(image => {
    const side = Math.min(image.width, image.height)
    canvas.getContext('2d').drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, 320, 320)
  }).catch(() => canvas.remove())
  return canvas
}

function dropZone(zone, take) {
  const mark = on => event => { event.preventDefault(); zone.classList.toggle('portal-zona--encima', on) }
  zone.addEventListener('dragover', mark(true))
  zone.addEventListener('dragleave', mark(false))
  zone.addEventListener('drop', event => { mark(false)(event); if (event.dataTransfer.files.length) take([...event.dataTransfer.files]) })
}

/* ---- Lists: filters that keep the address, selection of rows ---- */

async function refilter(form) {
  const target = $(form.dataset.filtro)
  const url = new URL(form.action)
  url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== '')).toString()
  if (!target) { location.assign(url); return }
  refilter.last?.abort()
  refilter.last = new AbortController()
  target.dataset.cargando = '1'
  try {
    const answer = await fetch(url, { signal: refilter.last.signal, headers: { Accept: 'text/html' } })
    const fresh = $(form.dataset.filtro, parse(await answer.text()))
    if (!answer.ok || !fresh) { location.assign(url); return }
    target.replaceWith(document.adoptNode(fresh))
    history.replaceState(history.state, '', url)
    init(fresh)
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(url)
  }
}

/* What the portal still works on is looked at again, as long as the answer says so; never under somebody's fingers. */
function follow(node) {
  const again = () => setTimeout(look, Number(node.dataset.refresca) * 1000)
  async function look() {
    if (!node.isConnected) return
    if (document.hidden || node.contains(document.activeElement)) { again(); return }
    try {
      const answer = await fetch(location.href, { headers: { Accept: 'text/html' } })
      const fresh = answer.ok && $(`#${node.id}`, parse(await answer.text()))
      if (!fresh || !node.isConnected || node.contains(document.activeElement)) { again(); return }
      node.replaceWith(document.adoptNode(fresh))
      init(fresh)
      if (fresh.matches('[data-refresca]')) follow(fresh)
    } catch { again() }
  }
  again()
}

function countRows(form) {
  const rows = $$('[data-masivo-uno]', form)
  const marked = rows.filter(row => row.checked).length
  const all = $('[data-masivo-todos]', form)
  if (all) { all.checked = marked > 0 && marked === rows.length; all.indeterminate = marked > 0 && marked < rows.length }
  const every = $('[name=todos]', form)?.checked
  const text = $('[data-masivo-cuenta]', form)
  if (text) text.textContent = every ? 'Todos los que cumplen el filtro' : marked === 1 ? '1 seleccionado' : marked ? `${marked} seleccionados` : 'Nada seleccionado todavía'
  $('[data-masivo-barra]', form)?.classList.toggle('portal-masiva--activa', marked > 0 || Boolean(every))
}

function typeToFilter(input) {
  const words = plain(input.value).split(/\s+/).filter(Boolean)
  const items = $$(`${input.dataset.filtra} > li`)
  let shown = 0
  for (const item of items) {
    const text = plain(item.dataset.filtroTexto ?? item.textContent)
    item.hidden = !words.every(word => text.includes(word))
    shown += !item.hidden
  }
  const count = $('[data-filtra-cuenta]')
  if (count) count.textContent = shown === 1 ? '1 resultado' : shown ? `${shown} resultados` : 'Ninguna coincide. Prueba con menos letras.'
}

/* ---- Review: keys, ready reasons, viewer ---- */

function onKey(event) {
  if (event.key === 'Escape') $$('details[data-menu][open]').forEach(menu => { menu.open = false; $('summary', menu).focus() })
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.target.closest('.portal-decision textarea')?.form.requestSubmit()
  if (!$('[data-tecla], [data-revision]') || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
  if (event.target.closest('textarea, select, input:not([type=radio]), [contenteditable]')) return
  const side = { ArrowLeft: 'anterior', ArrowRight: 'siguiente' }[event.key]
  const scrolling = event.target.closest('.portal-visor__lienzo, input[type=radio]')
  const target = side ? (scrolling ? null : $(`[data-documento=${side}]`)) : /^[arjku]$/i.test(event.key) ? $(`[data-tecla=${event.key.toLowerCase()}]`) : null
  if (!target) return
  event.preventDefault()
  target.click()
  if (target.localName === 'summary') $('textarea', target.parentElement)?.focus()
}

function addReason(button) {
  const area = document.getElementById(button.dataset.motivoEn)
  const reason = button.dataset.motivo
  if (!area.value.includes(reason)) area.value = [area.value.trim(), reason].filter(Boolean).join('\n')
  area.dispatchEvent(new Event('input', { bubbles: true }))
  area.focus()
}

function viewer(root) {
  const image = $('[data-visor-imagen]', root)
  const frame = image.parentElement
  let zoom = 1
  let turn = 0
  const draw = () => {
    if (!image.naturalWidth) return
    const lying = turn % 180 !== 0
    const [w, h] = [image.naturalWidth, image.naturalHeight]
    const fit = Math.min((frame.clientWidth - 8) / (lying ? h : w), (frame.clientHeight - 8) / (lying ? w : h), 2) * zoom
    const [width, height] = [w * fit, h * fit]
    Object.assign(image.style, { maxWidth: 'none', maxHeight: 'none', width: `${width}px`, height: `${height}px`, transform: `rotate(${turn}deg)`, margin: lying ? `${(width - height) / 2}px ${(height - width) / 2}px` : '0' })
  }
  const acts = {
    mas: () => { zoom = Math.min(zoom * 1.4, 8) },
    menos: () => { zoom = Math.max(zoom / 1.4, 0.4) },
    girar: () => { turn = (turn + 90) % 360 },
    ajustar: () => { zoom = 1; turn = 0 },
  }
  root.addEventListener('click', event => { const act = acts[event.target.closest('[data-visor-accion]')?.dataset.visorAccion]; if (act) { act(); draw() } })
  image.addEventListener('dblclick', () => { zoom = zoom > 1 ? 1 : 2.5; draw() })
  image.complete ? draw() : image.addEventListener('load', draw)
}

function signature(root) {
  const canvas = $('[data-firma-lienzo]', root)
  const value = $('[data-firma-valor]', root)
  const state = $('[data-firma-estado]', root)
  const pen = canvas.getContext('2d')
  let down = false
  const clear = () => {
    const ratio = Math.max(devicePixelRatio || 1, 2)
    canvas.width = canvas.clientWidth * ratio
    canvas.height = canvas.clientHeight * ratio
    pen.scale(ratio, ratio)
    Object.assign(pen, { lineWidth: 2.4, lineCap: 'round', lineJoin: 'round', strokeStyle: '#10243a' })
    value.value = ''
    state.textContent = 'Sin firma todavía'
  }
  const repaint = async ink => {
    const bytes = Uint8Array.from(atob(ink.split(',')[1] ?? ''), letter => letter.charCodeAt(0))
    pen.drawImage(await createImageBitmap(new Blob([bytes], { type: 'image/png' })), 0, 0, canvas.clientWidth, canvas.clientHeight)
    value.value = ink
    state.textContent = 'Firma lista'
  }
  const at = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left - canvas.clientLeft, event.clientY - box.top - canvas.clientTop] }
  canvas.addEventListener('pointerdown', event => { down = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); const [x, y] = at(event); pen.moveTo(x, y); pen.lineTo(x + 0.1, y); pen.stroke() })
  canvas.addEventListener('pointermove', event => { if (!down) return; for (const point of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(...at(point)); pen.stroke() })
  const up = () => { if (!down) return; down = false; value.value = canvas.toDataURL('image/png'); state.textContent = 'Firma lista'; canvas.dispatchEvent(new Event('input', { bubbles: true })) }
  canvas.addEventListener('pointerup', up)
  canvas.addEventListener('pointercancel', up)
  $('[data-firma-limpiar]', root).addEventListener('click', clear)
  const kept = value.value
  clear()
  if (kept) repaint(kept).catch(clear)
}

async function verify(root, file) {
  const answer = $('[data-verificar-respuesta]', root)
  const say = (tone, title, text) => answer.replaceChildren(el('div', { className: `portal-veredicto portal-veredicto--${tone}` }, el('p', { className: 'portal-veredicto__titulo', textContent: title }), el('p', { textContent: text })))
  if (!crypto.subtle) { say('amarillo', 'No se puede comparar aquí', 'El navegador solo compara archivos en una página con https. También sirve el código de la carta.'); return }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  const hash = [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')
  const expected = root.dataset.sha256?.toLowerCase()
  if (!expected) location.assign(`${root.dataset.destino}?sha256=${hash}`)
  else if (hash === expected) say('verde', 'El archivo es idéntico', `${file.name} es, byte por byte, la carta que se emitió.`)
  else say('rojo', 'El archivo no es el que se emitió', `${file.name} fue modificado, o es otra carta. Descarga la original o pide una copia a la escuela.`)
}

/* ---- Fields ---- */
const RULES = {
  largo: text => [...text].length >= 8,
  mayuscula: text => /\p{Lu}/u.test(text),
  digito: text => /\d/.test(text),
  signo: text => /[^\p{L}\p{N}\s]/u.test(text),
}

function checkRules(input) {
  for (const item of $$(`${input.dataset.reglas} [data-regla]`)) {
    const good = RULES[item.dataset.regla]?.(input.value) ?? false
    item.classList.toggle('portal-regla--bien', good)
    const said = $('.govuk-visually-hidden', item) ?? item.appendChild(el('span', { className: 'govuk-visually-hidden' }))
    said.textContent = good ? ' (cumplido)' : ''
  }
}

function countLetters(area) {
  const id = `${area.id}-cuenta`
  const left = Number(area.dataset.cuenta) - area.value.length
  let note = document.getElementById(id)
  if (!note) { note = el('p', { id, className: 'portal-cuenta' }); area.after(note); area.setAttribute('aria-describedby', `${area.getAttribute('aria-describedby') ?? ''} ${id}`.trim()) }
  note.textContent = left === 1 ? 'Queda 1 letra' : left >= 0 ? `Quedan ${left} letras` : `Sobran ${-left} letras`
  note.classList.toggle('portal-cuenta--pasa', left < 0)
}

function reveal(button) {
  const input = document.getElementById(button.dataset.mostrar)
  const hidden = input.type === 'password'
  input.type = hidden ? 'text' : 'password'
  button.textContent = hidden ? 'Ocultar' : 'Mostrar'
  button.setAttribute('aria-pressed', String(hidden))
}

async function copy(button) {
  const source = button.dataset.copiarDe ? $(button.dataset.copiarDe) : null
  const text = source ? source.value ?? source.textContent.trim() : button.dataset.copiar
  const label = button.textContent
  try { await navigator.clipboard.writeText(text); button.textContent = 'Copiado' }
  catch { window.prompt('Copia este enlace:', text) }
  setTimeout(() => { button.textContent = label }, 2500)
}

/* ---- Start ---- */
const slowFilter = debounce(refilter, 450)

function onInput({ target }) {
  if (target.matches('[data-filtra]')) typeToFilter(target)
  if (target.matches('[data-reglas]')) checkRules(target)
  if (target.matches('[data-cuenta]')) countLetters(target)
  if (target.id) $$(`[data-espejo="${CSS.escape(target.id)}"]`).forEach(mirror => { mirror.textContent = target.value })
  const filter = target.closest?.('form[data-filtro]')
  if (filter && target.matches('input[type=search], input[type=text]')) slowFilter(filter)
  const form = target.closest?.('form[data-guardar]')
  if (form) dirty.add(form)
}

function onChange({ target }) {
  if (target.matches('input[type=file]') && target.closest('[data-zona]')) onFiles(target)
  if (target.closest('[data-verificar]') && target.files?.length) verify(target.closest('[data-verificar]'), target.files[0])
  const filter = target.closest('form[data-filtro]')
  if (filter && !target.matches('input[type=search], input[type=text]')) refilter(filter)
  const bulk = target.closest('form[data-masivo]')
  if (!bulk) return
  if (target.matches('[data-masivo-todos]')) $$('[data-masivo-uno]', bulk).forEach(row => { row.checked = target.checked })
  countRows(bulk)
}

function onClick(event) {
  const near = selector => event.target.closest(selector)
  $$('details[data-menu][open]').forEach(menu => { if (!menu.contains(event.target)) menu.open = false })
  if (near('[data-motivo]')) addReason(near('[data-motivo]'))
  if (near('[data-mostrar]')) reveal(near('[data-mostrar]'))
  if (near('[data-copiar], [data-copiar-de]')) copy(near('[data-copiar], [data-copiar-de]'))
  if (near('[data-imprimir]')) window.print()
}

function init(root) {
  $$('[data-zona]', root).forEach(zone => { const input = $('input[type=file]', zone); dropZone(zone, files => { setFiles(input, input.multiple ? [...(chosen.get(input) ?? []), ...files] : files.slice(0, 1)) }) })
  $$('[data-zona-suelta]', root).forEach(zone => dropZone(zone, files => verify(zone.closest('[data-verificar]'), files[0])))
  $$('[data-visor]', root).forEach(viewer)
  $$('[data-firma]', root).forEach(signature)
  $$('[data-cuenta]', root).forEach(countLetters)
  $$('form[data-masivo]', root).forEach(countRows)
  $$('[data-refresca]', root).forEach(follow)
  $('[data-resumen-errores]', root)?.focus()
}

document.documentElement.classList.add('js')
document.addEventListener('submit', onSubmit)
document.addEventListener('submit', event => { if (!event.defaultPrevented) dirty.clear() })
document.addEventListener('input', onInput)
document.addEventListener('change', onChange)
document.addEventListener('click', onClick)
document.addEventListener('keydown', onKey)
addEventListener('beforeunload', event => { if (dirty.size) event.preventDefault() })
addEventListener('pageshow', event => { if (event.persisted) $$('form[data-enviado]').forEach(release) })
addEventListener('popstate', () => { if (swapped) location.reload() })
init(document)
