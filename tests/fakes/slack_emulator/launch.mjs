// Starts the emulator of Slack with two things that it has no setting for: an address that events are sent to,
// and a place for what is answered at a response_url.
//
// Arguments: the folder made by install.sh, the port, the address for events. The workspace comes on stdin.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const [folder, port, listener] = process.argv.slice(2)
const inside = join(folder, 'node_modules', 'emulate', 'dist')

async function findPlugin() {
  for (const name of await readdir(inside)) {
    const path = join(inside, name)
    if (!/^dist-.*\.js$/.test(name) || !(await readFile(path, 'utf8')).includes('slackPlugin')) continue
    const { slackPlugin } = await import(pathToFileURL(path))
    if (slackPlugin) return slackPlugin
  }
  throw new Error(`No Slack in ${inside}`)
}

const plugin = await findPlugin()
const answers = []
const register = plugin.register.bind(plugin)
plugin.register = (app, store, webhooks, ...rest) => {
  register(app, store, webhooks, ...rest)
  webhooks.register({ url: listener, events: ['*'], active: true, owner: 'slack' })
  app.post('/response/:name', async (call) => {
    answers.push({ name: call.req.param('name'), ...(await call.req.json()) })
    return call.text('ok')
  })
  app.get('/response', (call) => call.json(answers))
}

const { createEmulator } = await import(pathToFileURL(join(inside, 'api.js')))
const workspace = JSON.parse(await text(process.stdin))
const { url } = await createEmulator({ service: 'slack', port: Number(port), seed: { slack: workspace } })
console.log(`ready ${url}`)
