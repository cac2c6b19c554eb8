/** A copy of a response body in which every instance has this status. */
export function withStatus(body: unknown, status: string): unknown {
  return mapObjects(body, (fields) => {
    const isInstance = ["id", "uuid", "instanceId"].some((name) => name in fields);
    const changed = { ...fields };
    for (const name of ["status", "state"]) if (isInstance && typeof fields[name] === "string") changed[name] = status;
    // Null at first.
    if ("actual_status" in fields) changed["actual_status"] = status;
    return changed;
  });
}

/** A copy of a response body with values of the wrong type; see the fault `wrong_type`. */
export function withWrongTypes(body: unknown, field: string | undefined): unknown {
  if (field !== undefined) {
    return mapObjects(body, (fields) => (field in fields ? { ...fields, [field]: otherType(fields[field]) } : fields));
  }
  const numbers = mapValues(body, (value) => (typeof value === "number" ? String(value) : value));
  if (JSON.stringify(numbers) !== JSON.stringify(body)) return numbers;
  return mapValues(body, (value) => (typeof value === "boolean" ? String(value) : value));
}

/** A copy of a body in which fields are missing or null, in the objects that `selects` accepts. */
export function withoutFields(
  body: unknown,
  names: readonly string[],
  as: "missing" | "null",
  selects: (fields: Readonly<Record<string, unknown>>) => boolean = () => true,
): unknown {
  return mapObjects(body, (fields) => {
    if (!selects(fields)) return fields;
    const kept = Object.entries(fields).filter(([name]) => as === "null" || !names.includes(name));
    return Object.fromEntries(kept.map(([name, value]) => [name, names.includes(name) ? null : value]));
  });
}

/** The id of an instance in a body; undefined for any other object. */
export function instanceIdOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  // Thunder Compute identifies instances by `uuid`.
  const id = fields["uuid"] ?? fields["id"];
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** JSON with bigints as numbers, with all their digits. */
export function toJson(body: unknown): string {
  try {
    // A replacer is called for each value, and hardly any body has a bigint.
    return JSON.stringify(body);
  } catch {
    return withDigits(body);
  }
}

/** `JSON.rawJSON` is missing in Node.js 20. */
function withDigits(body: unknown): string {
  const digits: string[] = [];
  const text = JSON.stringify(body, (_, value: unknown) => {
    if (typeof value !== "bigint") return value;
    digits.push(String(value));
    return `\u0000${digits.length - 1}`;
  });
  return digits.length === 0 ? text : text.replace(/"\\u0000(\d+)"/g, (_, index: string) => digits[Number(index)] ?? "null");
}

function otherType(value: unknown): unknown {
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return typeof value === "object" ? value : String(value);
}

function mapValues(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValues(item, change));
  if (typeof value !== "object" || value === null) return change(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapValues(one, change)]));
}

function mapObjects(value: unknown, change: (fields: Record<string, unknown>) => Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change));
  if (typeof value !== "object" || value === null) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapObjects(one, change)])));
}
