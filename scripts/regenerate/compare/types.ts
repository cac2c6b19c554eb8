// Reads of the types that are generated for a document's operations.
import ts from "typescript";

export function isSuccess(status: string): boolean {
  return /^2\w\w$/.test(status);
}

/** The contents of all successes of an operation. */
export function resultOf(checker: ts.TypeChecker, responses: ts.Symbol | undefined): ts.Type[] {
  const byStatus = propertiesOf(responses && declaredType(checker, responses));
  return [...byStatus].flatMap(([status, response]) => (isSuccess(status) ? contentsOf(checker, response) : []));
}

export function contentsOf(checker: ts.TypeChecker, response: ts.Symbol): ts.Type[] {
  const content = propertiesOf(declaredType(checker, response)).get("content");
  if (!content || isNothing(checker, content)) return [];
  return [...propertiesOf(declaredType(checker, content)).values()].flatMap((media) => membersOf(declaredType(checker, media)));
}

export function membersOf(type: ts.Type): ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

export function isOptional(property: ts.Symbol): boolean {
  return (property.flags & ts.SymbolFlags.Optional) !== 0;
}

export function isNothing(checker: ts.TypeChecker, property: ts.Symbol): boolean {
  return (declaredType(checker, property).flags & ts.TypeFlags.Never) !== 0;
}

export function propertiesOf(type: ts.Type | undefined): Map<string, ts.Symbol> {
  return new Map((type?.getProperties() ?? []).map((property) => [property.name, property]));
}

/** A property's type as written, without the `undefined` of an optional one. */
export function declaredType(checker: ts.TypeChecker, property: ts.Symbol): ts.Type {
  const declaration = property.valueDeclaration;
  return declaration && ts.isPropertySignature(declaration) && declaration.type
    ? checker.getTypeFromTypeNode(declaration.type)
    : checker.getTypeOfSymbol(property);
}
