import type { Rule } from "./rule.ts";
import { clientExtension } from "./rules/client-extension.ts";
import { componentNames } from "./rules/component-names.ts";
import { examples } from "./rules/examples.ts";
import { extensionPlaces } from "./rules/extension-places.ts";
import { idempotencyKey } from "./rules/idempotency-key.ts";
import { jsonRequests } from "./rules/json-requests.ts";
import { moneyAndRepetition } from "./rules/money-and-repetition.ts";
import { noNullable } from "./rules/no-nullable.ts";
import { openEnums } from "./rules/open-enums.ts";
import { operationErrors } from "./rules/operation-errors.ts";
import { operationExamples } from "./rules/operation-examples.ts";
import { operationNames } from "./rules/operation-names.ts";
import { operationTexts } from "./rules/operation-texts.ts";
import { pagination } from "./rules/pagination.ts";
import { queryStyles } from "./rules/query-styles.ts";
import { secretNames } from "./rules/secret-names.ts";
import { servers } from "./rules/servers.ts";
import { successStatuses } from "./rules/success-statuses.ts";
import { units } from "./rules/units.ts";

/** Every rule of the project. */
export const rules: readonly Rule[] = [
  clientExtension,
  componentNames,
  examples,
  extensionPlaces,
  idempotencyKey,
  jsonRequests,
  moneyAndRepetition,
  noNullable,
  openEnums,
  operationErrors,
  operationExamples,
  operationNames,
  operationTexts,
  pagination,
  queryStyles,
  secretNames,
  servers,
  successStatuses,
  units,
];
