// The only file that uses openapi-typescript, which is no longer maintained and may have to be replaced.

import { isDeepStrictEqual } from "node:util";
import { dereference, isObject, type JsonObject, type JsonValue, objectAt, walkObjects } from "@gpu-scripts/openapi/json.ts";
import { refuseOutsideReferences } from "@gpu-scripts/openapi/references.ts";
import { typesOf, walkDescription } from "@gpu-scripts/openapi/schemas.ts";
import { identifier, literal, withoutTags } from "@gpu-scripts/openapi/text/code.ts";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import ts from "typescript";
import { hasNothingToRead } from "./empty-responses.ts";

/** The names of a document's component schemas; each becomes an exported alias. */
export function schemaNames(document: JsonObject): string[] {
  return Object.keys(objectAt(objectAt(document, "components"), "schemas"));
}

/** The names of the open enums among them; each also gets an alias `Known<Schema>`. */
export function openEnumNames(document: JsonObject): string[] {
  const schemas = objectAt(objectAt(document, "components"), "schemas");
  return schemaNames(document).filter((name) => knownValues(objectAt(schemas, name)) !== undefined);
}

/** The TypeScript types of a composed document. */
export async function generateTypes(document: JsonObject): Promise<string> {
  // openapi-typescript follows every reference, to files and servers too.
  refuseOutsideReferences(document, "the composed document");
  const ast = await openapiTS(
    withPlainComments(withWideMaps(withEventData(withEmptyResponses(document)))) as unknown as OpenAPI3,
    {
      rootTypes: true,
      rootTypesNoSchemaPrefix: true,
      // A field with a default may be missing; an object without declared fields may have some.
      defaultNonNullable: false,
      emptyObjectsUnknown: true,
      transform: (schema) => nothing(schema as unknown as JsonObject) ?? openEnum(schema as unknown as JsonObject),
    },
  );
  const schemas = objectAt(objectAt(document, "components"), "schemas");
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
  const visitParameters = (node: ts.Node): ts.Node => {
    if (nameOf(node) !== "query") return node;
    return ts.visitEachChild(
      node,
      (type) => (ts.isTypeLiteralNode(type) ? ts.visitEachChild(type, optional, context) : type),
      context,
    );
  };
  const visit = (node: ts.Node): ts.Node => {
    if (nameOf(node) !== "parameters") return ts.visitEachChild(node, visit, context);
    return ts.visitEachChild(
      node,
      (type) => (ts.isTypeLiteralNode(type) ? ts.visitEachChild(type, visitParameters, context) : type),
      context,
    );
  };
  return visit;
}

/** The document with `x-empty` in its types: a response that may have no content is a union with `undefined`, or has none. */
function withEmptyResponses(document: JsonObject): JsonObject {
  const copy = structuredClone(document);
  walkObjects(copy, (response, location) => {
    if (location.at(-2) !== "responses" || response["x-empty"] !== true) return;
    if (hasNothingToRead(document, response)) {
      delete response["content"];
      return;
    }
    for (const media of Object.values(objectAt(response, "content"))) {
      if (isObject(media)) media["schema"] = { anyOf: [media["schema"] ?? {}, noContent] };
    }
  });
  return copy;
}

/** The document with the data of an event as the content of a stream, from which `EventStream` is made. Changes it in place. */
function withEventData(document: JsonObject): JsonObject {
  walkObjects(document, (media, location) => {
    if (location.at(-2) !== "content" || media["x-item-schema"] === undefined) return;
    media["schema"] = media["x-item-schema"];
  });
  return document;
}

/**
 * The document with open maps where the type of undeclared fields could contradict the declared ones: TypeScript applies an index
 * signature to all fields, JSON Schema only to the undeclared ones. Changes its copy in place.
 */
function withWideMaps(document: JsonObject): JsonObject {
  walkDescription(document, (schema, place) => {
    const rest = schema["additionalProperties"];
    if (place.at(-1) === "properties" || !isObject(rest) || Object.keys(rest).length === 0) return;
    const declared = Object.values(objectAt(schema, "properties"));
    if (!declared.every((property) => isPartOf(document, property, rest))) schema["additionalProperties"] = true;
  });
  return document;
}

/** Whether the type of a schema is surely part of another's, which only tells its types. */
function isPartOf(document: JsonObject, schema: JsonValue, whole: JsonObject): boolean {
  const found = dereference(document, schema);
  if (isDeepStrictEqual(schema, whole)) return true;
  const isPlain = !["enum", "const", "properties", "items", "allOf", "anyOf", "oneOf", "$ref"].some((key) => key in whole);
  const types = isObject(found) ? typesOf(found) : [];
  return isPlain && types.length > 0 && types.every((type) => typesOf(whole).includes(type));
}

/** Keys whose values become comments. */
const commented = ["title", "summary", "description", "format", "default", "example"];

/** The document without comment tags and compiler directives in the texts that become comments. */
function withPlainComments(document: JsonObject): JsonObject {
  walkObjects(document, (object, location) => {
    if (location.at(-1) === "properties") return;
    for (const key of commented) {
      const value = object[key];
      if (value !== undefined && (typeof value === "string" || key === "example" || key === "default"))
        object[key] = plain(value);
    }
  });
  return document;
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
  const values =
    typeof schema === "object" && schema !== null && !Array.isArray(schema) ? schema["x-extensible-enum"] : undefined;
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
