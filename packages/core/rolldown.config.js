import { builds } from "../../rolldown.config.js";
// Properties that only the code of this package uses. `scripts/package-checks` checks that none is public.
import internalProperties from "./internal-properties.json" with { type: "json" };

export default builds(internalProperties);
