// The only file that uses openapi-typescript, which is no longer maintained and may have to be replaced.

import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, type JsonValue, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { componentsOf } from "@gpu-scripts/openapi/operations.ts";
import { refuseOutsideReferences } from "@gpu-scripts/openapi/references.ts";
import { typesOf, walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import { identifier, literal, withoutTags } from "@gpu-scripts/openapi/text/code.ts";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import ts from "typescript";
import { hasNothingToRead } from "./empty-responses.ts";

/** The names of a document's component schemas; each becomes an exported alias. */
export function schemaNames(document: JsonObject): string[] {
  return Object.keys(componentsOf(document, "schemas"));
}

/** The names of the open enums among them; each also gets an alias `Known<Schema>`. */
export function openEnumNames(document: JsonObject): string[] {
  const schemas = componentsOf(document, "schemas");
  return schemaNames(document).filter((name) => knownValues(objectAt(schemas, name)) !== undefined);
}

/** The TypeScript types of a composed document. */
export async function generateTypes(document: JsonObject): Promise<string> {
  // openapi-typescript follows every reference, to files and servers too.
  refuseOutsideReferences(document, "the composed document");
  const ast = await openapiTS(prepared(document) as unknown as OpenAPI3, {
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    // A field with a default may be missing; an object without declared fields may have some.
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
    transform: (schema) => nothing(schema as unknown as JsonObject) ?? openEnum(schema as unknown as JsonObject),
  });
  const schemas = componentsOf(document, "schemas");
  const known = openEnumNames(document).map((name) => {
    const values = (knownValues(objectAt(schemas, name)) ?? []).map(literal);
    return `/** The known values of \`${name}\`, for exhaustive maps. */\nexport type Known${identifier(name)} = ${values.join(" | ")};\n`;
  });
  return `${astToString(ts.transform(ast, [optionalQueries]).transformed)}${known.join("")}`;
}

/** Lets optional query parameters be `undefined`, also where a project has `exactOptionalPropertyTypes`. */
function optionalQueries(context: ts.TransformationContext): ts.Transformer<ts.Node> {
  const { factory } = context;
  const nameOf = (node: ts.Node) => (ts.isPropertySignature(node) && ts.isIdentifier(node.name) ? node.name.text : undefined);
  const optional = (node: ts.Node): ts.Node => {
    if (!ts.isPropertySignature(node) || !node.questionToken || !node.type) return node;
    const type = factory.createUnionTypeNode([node.type, factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword)]);
    return factory.updatePropertySignature(node, node.modifiers, node.name, node.questionToken, type);
  };
  /** Changes the members of a property's object type. */
  const inObject = (property: ts.Node, change: ts.Visitor) =>
    ts.visitEachChild(
      property,
      (type) => (ts.isTypeLiteralNode(type) ? ts.visitEachChild(type, change, context) : type),
      context,
    );
  const visitParameters = (node: ts.Node) => (nameOf(node) === "query" ? inObject(node, optional) : node);
  const visit = (node: ts.Node): ts.Node =>
    nameOf(node) === "parameters" ? inObject(node, visitParameters) : ts.visitEachChild(node, visit, context);
  return visit;
}

/** A copy of the document with what openapi-typescript does not read itself. */
function prepared(document: JsonObject): JsonObject {
  const copy = structuredClone(document);
  walkObjects(copy, (object, location) => {
    if (location.at(-2) === "responses" && object["x-empty"] === true) addNoContent(document, object);
    // The type `EventStream` is made from the data of an event.
    if (location.at(-2) === "content" && object["x-item-schema"] !== undefined) object["schema"] = object["x-item-schema"];
  });
  widenMaps(copy);
  escapeTags(copy);
  return copy;
}

/** Makes a response that may have no content a union with `undefined`, or removes its content. */
function addNoContent(document: JsonObject, response: JsonObject): void {
  if (hasNothingToRead(document, response)) {
    delete response["content"];
    return;
  }
  for (const media of Object.values(objectAt(response, "content"))) {
    if (isObject(media)) media["schema"] = { anyOf: [media["schema"] ?? {}, noContent] };
  }
}

/**
 * Opens maps where the type of undeclared fields could contradict the declared ones: TypeScript applies an index signature to all
 * fields, JSON Schema only to the undeclared ones.
 */
function widenMaps(document: JsonObject): void {
  walkDescription(document, (schema) => {
    const rest = schema["additionalProperties"];
    if (!isObject(rest) || Object.keys(rest).length === 0) return;
    const declared = Object.values(objectAt(schema, "properties"));
    if (!declared.every((property) => isPartOf(document, property, rest))) schema["additionalProperties"] = true;
  });
}

/** Whether the type of a schema is surely part of the type of another, which must list nothing but types. */
function isPartOf(document: JsonObject, schema: JsonValue, whole: JsonObject): boolean {
  const found = dereference(document, schema);
  if (isDeepStrictEqual(schema, whole)) return true;
  const isPlain = !["enum", "const", "properties", "items", "allOf", "anyOf", "oneOf", "$ref"].some((key) => key in whole);
  const types = isObject(found) ? typesOf(found) : [];
  return isPlain && types.length > 0 && types.every((type) => typesOf(whole).includes(type));
}

const commented = ["title", "summary", "description", "format", "default", "example"];

/** Escapes comment tags and compiler directives in the texts that become comments. */
function escapeTags(document: JsonObject): void {
  walkObjects(document, (object, location) => {
    if (location.at(-1) === "properties") return;
    for (const key of commented) {
      const value = object[key];
      if (value !== undefined && (typeof value === "string" || key === "example" || key === "default"))
        object[key] = plain(value);
    }
  });
}

function plain(value: JsonValue): JsonValue {
  if (typeof value === "string") return withoutTags(value);
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [withoutTags(key), plain(child)]))
    : value;
}

/** Represents a response without content, which JSON Schema cannot express. Only schemas with a type are transformed. */
const noContent = { type: "null", "x-no-content": true };

function nothing(schema: JsonObject): ts.TypeNode | undefined {
  return schema["x-no-content"] === true ? ts.factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword) : undefined;
}

function knownValues(schema: JsonValue | undefined): JsonValue[] | undefined {
  const values = isObject(schema) ? schema["x-extensible-enum"] : undefined;
  return Array.isArray(values) ? values : undefined;
}

/** `"a" | "b" | (string & {})`: editors complete the known values, and others are accepted. */
function openEnum(schema: JsonObject): ts.TypeNode | undefined {
  const values = knownValues(schema);
  if (!values) return undefined;
  const { factory } = ts;
  const members: ts.TypeNode[] = values
    .filter((value) => typeof value === "string")
    .map((value) => factory.createLiteralTypeNode(factory.createStringLiteral(value)));
  const anyString = factory.createIntersectionTypeNode([
    factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
    factory.createTypeLiteralNode([]),
  ]);
  members.push(factory.createParenthesizedType(anyString));
  if (Array.isArray(schema["type"]) && schema["type"].includes("null")) {
    members.push(factory.createLiteralTypeNode(factory.createNull()));
  }
  return factory.createUnionTypeNode(members);
}
