import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isNode,
  isPair,
  isScalar,
  type Node,
  Parser,
  type YAMLError,
} from "yaml";
import { FILE_BOUNDS, type LocatedValue, type ReadOutcome, type TextFault } from "./located-value.ts";
import { YamlConverter } from "./yaml-converter.ts";

/** What the parser's codes mean, in our words: its own messages quote the text. */
const MESSAGES: ReadonlyMap<string, string> = new Map([
  ["BAD_ALIAS", "this alias is not well formed"],
  ["BAD_DQ_ESCAPE", "this text in double quotes holds an escape that YAML does not know"],
  ["BAD_INDENT", "the indentation does not fit what stands above, or a bracket is not closed"],
  ["BAD_SCALAR_START", "a value cannot start with this character; put it in quotes"],
  ["BLOCK_AS_IMPLICIT_KEY", "a map cannot begin here; put a value that holds a colon in quotes"],
  ["BLOCK_IN_FLOW", "a block cannot stand inside brackets"],
  ["KEY_OVER_1024_CHARS", "this key is longer than YAML allows"],
  ["MISSING_CHAR", "a closing quote or bracket, a colon, a comma or a space is missing"],
  ["MULTILINE_IMPLICIT_KEY", "a key must stand on one line, with a colon after it"],
  ["TAB_AS_INDENT", "a tab cannot indent; use spaces"],
]);

/**
 * Reads one YAML 1.2 document with the place of each part. Tags are faults: they would let a file choose its own types.
 * One syntax fault brings others with it, so only the first is told.
 * Source: YAML 1.2.2, core schema.
 */
export function readYaml(text: string): ReadOutcome {
  const tokens = [...new Parser().parse(text)];
  // The composer recurses, and deep nesting makes it abort the process, not throw; the token parser does not recurse.
  const tooDeep = findTooDeep(tokens);
  if (tooDeep !== undefined) return refuse("bounds", "the file nests deeper than any config does", tooDeep);
  const composer = new Composer({ version: "1.2", prettyErrors: false, logLevel: "silent", uniqueKeys: false });
  const documents = [...composer.compose(tokens, true, text.length)];
  const [document, second] = documents;
  if (document === undefined) return { value: EMPTY, faults: [] };
  const error = documents.flatMap((each) => each.errors)[0];
  if (error !== undefined) return { value: undefined, faults: [syntaxFault(error, text)] };
  if (second !== undefined) {
    return refuse(
      "syntax",
      "a second document begins here; a config is one",
      second.contents?.range[0] ?? second.range[0],
    );
  }
  if (document.directives.yaml.explicit === true && document.directives.yaml.version !== "1.2") {
    return refuse("syntax", "the file asks for another YAML than 1.2", 0);
  }
  return convert(document, text);
}

const EMPTY: LocatedValue = { kind: "map", entries: [], offset: 0 };

function refuse(kind: TextFault["kind"], message: string, offset: number): ReadOutcome {
  return { value: undefined, faults: [{ kind, message, offset }] };
}

function convert(document: Document.Parsed, text: string): ReadOutcome {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return { value: EMPTY, faults: [] };
  const converter = new YamlConverter(text, resolveAliases(contents));
  const value = converter.convert(contents, 0, 0);
  return { value, faults: converter.faults };
}

function syntaxFault(error: YAMLError, text: string): TextFault {
  const [offset] = error.pos;
  // Inside brackets an unquoted ${VAR} or {service} opens a map: the commonest slip, and the one the parser explains least.
  if (text[offset] === "{" && text[offset - 1] === "$") {
    return { kind: "syntax", message: "inside brackets a value with ${…} must stand in quotes", offset: offset - 1 };
  }
  if (text[offset] === "{" && /[^\s{[,:]/.test(text[offset - 1] ?? " ")) {
    return { kind: "syntax", message: "inside brackets a value with {…} must stand in quotes", offset };
  }
  return { kind: "syntax", message: MESSAGES.get(error.code) ?? "something else should stand here", offset };
}

/** The offset of the first token that nests too deep. */
function findTooDeep(tokens: readonly CST.Token[]): number | undefined {
  const open: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    if (depth > FILE_BOUNDS.maxDepth) return "offset" in token ? token.offset : 0;
    if ("value" in token && typeof token.value === "object") open.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const item of token.items) {
      if (item.key) open.push({ token: item.key, depth: depth + 1 });
      if (item.value) open.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}

/** What each alias stands for: the last anchor of its name before it. */
function resolveAliases(root: Node): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const visit = (node: unknown): void => {
    if (isPair(node)) {
      visit(node.key);
      visit(node.value);
      return;
    }
    if (!isNode(node)) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target !== undefined) targets.set(node, target);
      return;
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isCollection(node)) for (const item of node.items) visit(item);
  };
  visit(root);
  return targets;
}
