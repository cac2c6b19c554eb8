// Lines are added to TypeScript sources by what stands there, never by line numbers. Each edit leaves a text alone that has
// the line already, and says which place it looked for when there is none.

import { UserError } from "@gpu-scripts/openapi/user-error.ts";
import ts from "typescript";

/** A change of a file's text; `shownAs` is how messages call the file. */
export type SourceEdit = (text: string, shownAs: string) => string;

/** Adds a property to the one object literal of a name: a variable's, or a property's. */
export function property(name: string, key: string, value: string): SourceEdit {
  return (text, shownAs) => {
    const object = literal(text, shownAs, name, ts.isObjectLiteralExpression, "object");
    if (object.properties.some((member) => member.name && nameText(member.name) === key)) return text;
    const quoted = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return insertLast(text, object.properties, object, quoted === value ? value : `${quoted}: ${value}`);
  };
}

/** Adds a string to the one array literal of a name. */
export function element(name: string, value: string): SourceEdit {
  return (text, shownAs) => {
    const array = literal(text, shownAs, name, ts.isArrayLiteralExpression, "list");
    if (array.elements.some((member) => ts.isStringLiteral(member) && member.text === value)) return text;
    return insertLast(text, array.elements, array, JSON.stringify(value));
  };
}

/** Adds a string to a union of strings. */
export function unionMember(name: string, value: string): SourceEdit {
  return (text, shownAs) => {
    const alias = parse(text).statements.find(
      (statement): statement is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(statement) && statement.name.text === name,
    );
    if (!alias || !ts.isUnionTypeNode(alias.type)) throw missing(shownAs, `union of the name "${name}"`);
    const { types } = alias.type;
    const has = types.some(
      (type) => ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) && type.literal.text === value,
    );
    return has ? text : insertAt(text, types.end, ` | ${JSON.stringify(value)}`);
  };
}

/** Adds an imported name; the formatter puts it into its order. */
export function importOf(name: string, from: string): SourceEdit {
  return (text, shownAs) => {
    const imports = parse(text).statements.filter(ts.isImportDeclaration);
    for (const statement of imports.filter((candidate) => specifierOf(candidate) === from)) {
      const named = statement.importClause?.namedBindings;
      if (!named || !ts.isNamedImports(named)) continue;
      if (named.elements.some((member) => member.name.text === name)) return text;
      if (!statement.importClause?.phaseModifier) return insertLast(text, named.elements, named, name);
    }
    const last = imports.at(-1);
    if (!last) throw missing(shownAs, "import");
    return insertAt(text, last.end, `\nimport { ${name} } from ${JSON.stringify(from)};`);
  };
}

/** Adds an export of names among those of the same folder, in the order of their files. */
export function exportOf(names: string, from: string): SourceEdit {
  return (text, shownAs) => {
    const folder = from.slice(0, from.lastIndexOf("/") + 1);
    const siblings = parse(text)
      .statements.filter(ts.isExportDeclaration)
      .filter((statement) => specifierOf(statement)?.startsWith(folder));
    if (siblings.some((statement) => specifierOf(statement) === from)) return text;
    const before = siblings.findLast((statement) => (specifierOf(statement) ?? "") < from);
    const line = `export { ${names} } from ${JSON.stringify(from)};`;
    if (before) return insertAt(text, before.end, `\n${line}`);
    const [first] = siblings;
    if (!first) throw missing(shownAs, `export from ${folder}`);
    return insertAt(text, first.getStart(), `${line}\n`);
  };
}

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile("source.ts", text, ts.ScriptTarget.ES2022, true);
}

function literal<Literal extends ts.Expression>(
  text: string,
  shownAs: string,
  name: string,
  isLiteral: (node: ts.Node) => node is Literal,
  kind: string,
): Literal {
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) && nameText(node.name) === name && node.initializer) {
      const value = unwrapped(node.initializer);
      if (isLiteral(value)) found.push(value);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(text));
  const [first, ...others] = found;
  if (!first || others.length > 0) throw missing(shownAs, `${kind} of the name "${name}"`, found.length);
  return first;
}

/** Without `as const`, `satisfies …` and parentheses. */
function unwrapped(expression: ts.Expression): ts.Expression {
  return ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression) || ts.isParenthesizedExpression(expression)
    ? unwrapped(expression.expression)
    : expression;
}

function nameText(name: ts.BindingName | ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined;
}

function specifierOf(statement: ts.ImportDeclaration | ts.ExportDeclaration): string | undefined {
  const specifier = statement.moduleSpecifier;
  return specifier && ts.isStringLiteral(specifier) ? specifier.text : undefined;
}

function insertLast(text: string, members: ts.NodeArray<ts.Node>, list: ts.Node, added: string): string {
  const last = members.at(-1);
  return last ? insertAt(text, last.end, `, ${added}`) : insertAt(text, list.getStart() + 1, added);
}

function insertAt(text: string, position: number, added: string): string {
  return text.slice(0, position) + added + text.slice(position);
}

function missing(shownAs: string, what: string, found = 0): UserError {
  return new UserError(`${shownAs}: expected one ${what} to add the vendor to, found ${found}; nothing was written`);
}
