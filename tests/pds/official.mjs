#!/usr/bin/env node
// Asks the official packages. Questions are lines of JSON on standard input; each is answered by
// one line, in the same order:
//
//   {"facets": TEXT}      {"facets": [[byteStart, byteEnd, "link" | "mention" | "tag", VALUE]…]}
//   {"clean": TEXT}       {"clean": TEXT}: what RichText's cleanNewlines leaves, as the app calls it
//   {"graphemes": TEXT}   {"graphemes": N}: as lexicons count
//   {"address": URL}      {"address": [HOST, REST]}, or null if it is no http(s) URL; REST is path,
//                         query and fragment, without a path that is just `/`
//   {"tlds": true}        {"tlds": [TLD…]}: what RichText takes for the end of a domain
//   {"collection": NSID, "record": RECORD}
//                         {"valid", "error", "cid"}: what the PDS makes of a write, agreed with
//                         by the lexicon package and, for the CID, by @ipld/dag-cbor
import { createInterface } from 'node:readline'

import { lexicons, RichText } from '@atproto/api'
import { graphemeLen } from '@atproto/lex-data'
import { jsonToLex } from '@atproto/lex-json'
import { jsonToLex as jsonToLexicon } from '@atproto/lexicon'
import { encode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import tlds from 'tlds' with { type: 'json' }

// The very function that the PDS calls for every write; its package doesn't export it.
const { prepareCreate } = await import('./node_modules/@atproto/pds/dist/repo/prepare.js')

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
}

async function answer(question) {
  if ('facets' in question) return { facets: detect(question.facets) }
  if ('clean' in question) return { clean: clean(question.clean) }
  if ('graphemes' in question) return { graphemes: graphemeLen(question.graphemes) }
  if ('address' in question) return { address: address(question.address) }
  if ('tlds' in question) return { tlds }
  if ('record' in question) return judge(question)
  throw new Error(`what is asked? ${JSON.stringify(question)}`)
}

function detect(text) {
  const rich = new RichText({ text })
  rich.detectFacetsWithoutResolution()
  return (rich.facets ?? []).map(({ index, features: [feature] }) => {
    const [, kind] = feature.$type.split('#')
    return [index.byteStart, index.byteEnd, kind, feature.uri ?? feature.did ?? feature.tag]
  })
}

function clean(text) {
  return new RichText({ text: text.trimEnd() }, { cleanNewlines: true }).text
}

function address(url) {
  if (!URL.canParse(url)) return null
  const { protocol, host, pathname, search, hash } = new URL(url)
  return /^https?:$/.test(protocol) ? [host, pathname.replace(/^\/$/, '') + search + hash] : null
}

async function judge({ collection, record }) {
  const judged = { valid: true, error: null, cid: await cidOf(record) }
  try {
    const write = { did: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', collection, validate: true }
    const prepared = await prepareCreate({ ...write, record: jsonToLex(record) })
    if (`${prepared.cid}` !== judged.cid) throw new Error(`the PDS's CID is ${prepared.cid}`)
    lexicons.assertValidRecord(collection, jsonToLexicon(record))
    knowTypes(record)
  } catch (error) {
    return { ...judged, valid: false, error: error.message }
  }
  return judged
}

// Open unions take any $type, a misspelt one too.
function knowTypes(value) {
  if (value === null || typeof value !== 'object') return
  const type = value.$type
  if (typeof type === 'string' && type !== 'blob' && !lexicons.getDef(type)) {
    throw new Error(`no lexicon defines ${type}`)
  }
  Object.values(value).forEach(knowTypes)
}

// The CID by the specification alone: SHA-256 of the DAG-CBOR.
async function cidOf(record) {
  const bytes = encode(dataModel(record))
  return `${CID.createV1(0x71, await sha256.digest(bytes))}`
}

function dataModel(json) {
  if (Array.isArray(json)) return json.map(dataModel)
  if (json === null || typeof json !== 'object') return json
  if (typeof json.$link === 'string') return CID.parse(json.$link)
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, dataModel(value)]))
}
