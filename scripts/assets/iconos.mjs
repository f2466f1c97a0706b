import { readFileSync, writeFileSync } from 'node:fs'

const [names, folder, target] = process.argv.slice(2)
const symbols = readFileSync(names, 'utf8').trim().split(/\s+/).map(name => {
  const svg = readFileSync(`${folder}/icons/${name}.svg`, 'utf8')
  const body = svg.replace(/<!--[\s\S]*?-->/g, '').replace(/<svg[\s\S]*?>/, '').replace('</svg>', '').replace(/\s+/g, ' ').trim()
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`
})
writeFileSync(target, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('\n')}</svg>\n`)
