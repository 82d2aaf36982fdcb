// parse FILE...: reads PowerShell scripts and prints FILE:LINE:COLUMN: for each place that is none. The exit status
// is 1 if there was one. It knows the grammar, not the commands: a misspelt cmdlet is no fault of syntax.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";

await Parser.init();
const parser = new Parser();
const grammar = createRequire(import.meta.url).resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");
parser.setLanguage(await Language.load(grammar));

const faults = [];
function look(file, node) {
  if (node.isError || node.isMissing) {
    const { row, column } = node.startPosition;
    const text = node.isMissing ? `${node.type} is missing` : `not understood: ${node.text.split("\n")[0]}`;
    faults.push(`${file}:${row + 1}:${column + 1}: ${text}`);
  } else if (node.hasError) {
    node.children.forEach((child) => look(file, child));
  }
}
for (const file of process.argv.slice(2)) {
  look(file, parser.parse(readFileSync(file, "utf8")).rootNode);
}
faults.forEach((fault) => console.log(fault));
process.exitCode = faults.length ? 1 : 0;
