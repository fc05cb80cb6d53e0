#!/usr/bin/env node
// The official PDS with a PLC directory (in memory) and one account, on 127.0.0.1.
//
// Prints one line of JSON when it is ready, and runs until SIGTERM or SIGINT, until POST /shutdown
// on the control port, or, with --exit-on-stdin-close, until standard input ends.
//
//   node pds.mjs [--port N] [--plc-port N] [--control-port N] [--dir DIR] [--handle alice.test]
//                [--password PW] [--email E] [--rate-limits] [--blob-limit BYTES]
//                [--log FILE] [--exit-on-stdin-close]
//
// A port of 0, the default, is any free one. DIR is a new temporary folder by default, which is
// removed at the end.
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const text = (value) => ({ type: 'string', default: value })
const flag = { type: 'boolean', default: false }
const { values: options } = parseArgs({
  options: {
    'port': text('0'),
    'plc-port': text('0'),
    'control-port': text('0'),
    'dir': { type: 'string' },
    'handle': text('alice.test'),
    'password': text('hunter2-alice'),
    'email': text('alice@mail.test'),
    'rate-limits': flag,
    'blob-limit': { type: 'string' },
    'log': { type: 'string' },
    'exit-on-stdin-close': flag,
  },
})

const clock = moveClock()

// Logging is chosen when the packages load, and would go to standard output.
process.env.LOG_ENABLED = options.log ? 'true' : 'false'
if (options.log) process.env.LOG_DESTINATION = options.log
process.env.NODE_ENV ??= 'test'
const { PDS, envToCfg, envToSecrets } = await import('@atproto/pds')
const { Database, PlcServer } = await import('@did-plc/server')

const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'pds-'))
const adminPassword = randomBytes(12).toString('hex')
const jwtSecret = randomBytes(16).toString('hex')
const plc = await startPlc()
const pds = await startPds()
const { faults, requests } = intercept(pds.httpServer)
const { account, appPassword } = await makeAccount()
const control = await startControl()

process.on('SIGTERM', shutdown)
process.on('SIGINT', shutdown)
if (options['exit-on-stdin-close']) process.stdin.on('end', shutdown).resume()

console.log(JSON.stringify({
  pds: pds.url,
  plc: plc.url,
  control: `http://127.0.0.1:${control.address().port}`,
  handle: options.handle,
  password: options.password,
  appPassword,
  did: account.did,
  adminPassword,
  jwtSecret,
  dir,
  pid: process.pid,
}))

// Shifts every Date of this process by clock.offset: tokens expire without waiting for them.
function moveClock() {
  const clock = { offset: 0 }
  const RealDate = Date
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length) super(...parts)
      else super(RealDate.now() + clock.offset)
    }
    static now() {
      return RealDate.now() + clock.offset
    }
  }
  return clock
}

async function startPlc() {
  const port = await freePort(options['plc-port'])
  const server = PlcServer.create({ db: Database.mock(), port })
  keepOnLoopback(server.app)
  await server.start()
  return { server, port, url: `http://127.0.0.1:${port}` }
}

async function startPds() {
  mkdirSync(join(dir, 'blobs'), { recursive: true })
  const port = await freePort(options.port)
  const env = {
    devMode: true, // answers are checked against the lexicons
    port,
    hostname: 'localhost',
    dataDirectory: dir,
    blobstoreDiskLocation: join(dir, 'blobs'),
    blobstoreDiskTmpLocation: join(dir, 'blobs-tmp'),
    blobUploadLimit: options['blob-limit'] && Number(options['blob-limit']),
    didPlcUrl: `http://localhost:${plc.port}`, // numeric hosts are refused here
    enableDidDocWithSession: true, // as bsky.social does
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    adminPassword,
    jwtSecret,
    plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
    rateLimitsEnabled: options['rate-limits'],
    crawlers: [],
    disableSsrfProtection: true,
  }
  const server = await PDS.create(envToCfg(env), envToSecrets(env))
  keepOnLoopback(server.app)
  return { server, httpServer: await server.start(), url: `http://127.0.0.1:${port}` }
}

function freePort(wanted) {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject)
    server.listen(Number(wanted), '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

// Both servers would listen on every interface.
function keepOnLoopback(app) {
  const listen = app.listen.bind(app)
  app.listen = (port, done) => listen(port, '127.0.0.1', done)
}

// Notes every XRPC request, and lets those fail for which a fault is set.
function intercept(server) {
  const faults = []
  const requests = []
  const [serve] = server.listeners('request')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const nsid = /^\/xrpc\/([^?]*)/.exec(request.url)?.[1]
    if (nsid) {
      const entry = { method: request.method, nsid }
      requests.push(entry)
      response.once('finish', () => (entry.status = response.statusCode))
    }
    const fault = nsid && faults.find((fault) => fault.nsid === nsid && fault.times > 0)
    if (!fault) return serve(request, response)
    if (fault.after > 0) {
      fault.after -= 1
      return serve(request, response)
    }
    fault.times -= 1
    const act = () => fail(fault, serve, request, response)
    if (fault.delayMs) setTimeout(act, fault.delayMs)
    else act()
  })
  return { faults, requests }
}

function fail(fault, serve, request, response) {
  switch (fault.mode) {
    case 'drop-before':
      return request.socket.destroy()
    case 'drop-after': // the PDS does its work, and the client never hears of it
      response.end = response.write = () => {
        request.socket.destroy()
        return response
      }
      return serve(request, response)
    case 'delay':
      return serve(request, response)
    default: {
      const body = fault.body ?? { error: 'InternalServerError', message: 'Internal Server Error' }
      request.resume()
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
      return response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
  }
}

async function makeAccount() {
  const account = await post('com.atproto.server.createAccount', {
    handle: options.handle,
    email: options.email,
    password: options.password,
  })
  const token = { authorization: `Bearer ${account.accessJwt}` }
  const app = await post('com.atproto.server.createAppPassword', { name: 'updraft' }, token)
  return { account, appPassword: app.password }
}

async function post(nsid, body, headers = {}) {
  const response = await fetch(`${pds.url}/xrpc/${nsid}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(`${nsid}: ${response.status} ${JSON.stringify(answer)}`)
  return answer
}

// POST /clock {"offsetMs"}; POST /fault {"nsid", "after", "times", "mode", "status", "body",
// "headers", "delayMs"} with mode status, drop-before, drop-after or delay; GET /state; POST /reset;
// POST /shutdown.
async function startControl() {
  const server = http.createServer(async (request, response) => {
    let raw = ''
    for await (const chunk of request) raw += chunk
    const answer = steer(`${request.method} ${request.url}`, raw ? JSON.parse(raw) : {})
    const body = JSON.stringify(answer ?? { error: 'unknown command' })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    response.writeHead(answer ? 200 : 404, headers)
    response.end(body)
  })
  await new Promise((done) => server.listen(Number(options['control-port']), '127.0.0.1', done))
  return server
}

function steer(command, input) {
  switch (command) {
    case 'GET /state':
      return { clockOffsetMs: clock.offset, faults, requests }
    case 'POST /clock':
      clock.offset = input.offsetMs
      return { now: new Date().toISOString() }
    case 'POST /fault':
      faults.push({ after: 0, times: 1, mode: 'status', status: 500, ...input })
      return { faults }
    case 'POST /reset':
      faults.length = 0
      requests.length = 0
      clock.offset = 0
      return {}
    case 'POST /shutdown':
      setImmediate(shutdown)
      return {}
  }
}

let closing
function shutdown() {
  closing ??= (async () => {
    control.close()
    control.closeAllConnections()
    await pds.server.destroy().catch(() => {})
    await plc.server.destroy().catch(() => {})
    if (!options.dir) rmSync(dir, { recursive: true, force: true })
    process.exit(0)
  })()
}
