// Lints state machine definitions with two linters: asl-validator and AWS's language service.
// stdin: {name: definition as text}; stdout: {name: {"asl-validator": [finding, ...], "language-service": [finding, ...]}}
// Run it in the folder whose node_modules holds the linters.
"use strict";

const { createRequire } = require("node:module");
const fs = require("node:fs");
const path = require("node:path");

const load = createRequire(path.join(process.cwd(), "package.json"));
const validator = load("asl-validator");
const { getLanguageService } = load("amazon-states-language-service");
const { TextDocument } = load("vscode-languageserver-textdocument");

function validate(definition) {
  // It changes the object that it is given, so it gets one of its own.
  const result = validator(JSON.parse(definition), { checkPaths: true, checkArn: true });
  return result.isValid ? [] : result.errors.map((error) => `${error["Error code"]}: ${error.Message ?? JSON.stringify(error)}`);
}

async function serve(definition) {
  const service = getLanguageService({});
  const document = TextDocument.create("file://definition.asl.json", "asl", 1, definition);
  const findings = await service.doValidation(document, service.parseJSONDocument(document));
  return findings.map((finding) => `line ${finding.range.start.line + 1}: ${finding.message}`);
}

async function main() {
  const result = {};
  for (const [name, definition] of Object.entries(JSON.parse(fs.readFileSync(0, "utf8")))) {
    result[name] = { "asl-validator": validate(definition), "language-service": await serve(definition) };
  }

  process.stdout.write(JSON.stringify(result));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
