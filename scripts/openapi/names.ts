// Names that become parts of requests, code and files. Vendors choose them, so this file defines which characters they may have.

import { shown } from "./characters.ts";
import {
  dereference,
  isObject,
  type JsonObject,
  type JsonValue,
  jsonPointer,
  list,
  objectAt,
  type Place,
  stringAt,
} from "./json.ts";
import { componentsOf, operationsOf } from "./operations.ts";
import { UserError } from "./user-error.ts";

/** A token of HTTP (RFC 9110): the name of a header or a cookie. */
const token = /^[\w!#$%&'*+.^`|~-]+$/;

/** A type, a subtype and parameters (RFC 9110), or a range of types. */
const mediaType = /^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+:/-]+|"[\w !#$&^.+:/=,-]*"))*$/;

const status = /^(?:[1-5]\d\d|[1-5]XX|default|x-[\w-]+)$/;

/** The characters of a path (RFC 3986) and the braces of its parameters. */
const path = /^\/[\w.~!$&'()*+,;=:@/%{}-]*$/;

/** Whether a path can stand in a request as it is. */
export function isSendablePath(name: string): boolean {
  return path.test(name);
}

/** A parameter name of a path or query: visible characters that do not end the surrounding text. */
const parameterName = /^[^\s"`<>\\{}|^]+$/;

/** Fails when a name cannot be used for its purpose, such as a header name with a line break. */
export function refuseNames(document: JsonObject, shownAs: string): void {
  const refuse = (place: Place, name: string, what: string) => {
    throw new UserError(`${shownAs}: ${shown(jsonPointer(place))}: ${JSON.stringify(shown(name, 60))} cannot be ${what}`);
  };
  const checkKeys = (object: JsonObject, pattern: RegExp, what: string, place: Place) => {
    for (const name of Object.keys(object)) if (!pattern.test(name)) refuse([...place, name], name, what);
  };
  const checkBody = (body: JsonValue | undefined, place: Place) => {
    const found = dereference(document, body);
    checkKeys(objectAt(found, "content"), mediaType, "a media type", [...place, "content"]);
    checkKeys(objectAt(found, "headers"), token, "a header's name", [...place, "headers"]);
  };
  const checkParameters = (parameters: readonly JsonValue[], place: Place) => {
    for (const [index, parameter] of parameters.entries()) {
      const found = dereference(document, parameter);
      const where = stringAt(found, "in") ?? "";
      const name = stringAt(found, "name") ?? "";
      const isSentAsToken = where === "header" || where === "cookie";
      if (!(isSentAsToken ? token : parameterName).test(name))
        refuse([...place, index], name, `the name of a ${where} parameter`);
      checkBody(parameter, [...place, index]);
    }
  };
  for (const [name, item] of Object.entries(objectAt(document, "paths"))) {
    if (name.startsWith("x-")) continue;
    if (!path.test(name)) refuse(["paths", name], name, "a path");
    checkParameters(list(isObject(item) ? item["parameters"] : undefined), ["paths", name, "parameters"]);
  }
  for (const { path: name, method, object } of operationsOf(document)) {
    const place = ["paths", name, method];
    checkParameters(list(object["parameters"]), [...place, "parameters"]);
    checkBody(object["requestBody"], [...place, "requestBody"]);
    const responses = objectAt(object, "responses");
    checkKeys(responses, status, "a status", [...place, "responses"]);
    for (const [code, response] of Object.entries(responses)) checkBody(response, [...place, "responses", code]);
  }
  for (const [name, scheme] of Object.entries(componentsOf(document, "securitySchemes"))) {
    const header = stringAt(dereference(document, scheme), "name");
    if (header !== undefined && !token.test(header)) {
      refuse(["components", "securitySchemes", name, "name"], header, "the name of the header that carries the key");
    }
  }
}

/** Fails when a server is not an absolute https address: no key may be sent to it. */
export function refuseServers(document: JsonObject, shownAs: string): void {
  for (const [index, server] of list(document["servers"]).entries()) {
    const given = stringAt(server, "url") ?? "";
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol === "https:" && url.username === "" && url.password === "" && !/[\s"'`<>\\]/.test(given)) continue;
    throw new UserError(
      `${shownAs}: /servers/${index}/url: no key may be sent to ${JSON.stringify(shown(given))}; it must be an absolute https address`,
    );
  }
}
