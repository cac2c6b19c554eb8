// For runtimes with a command line: the places as JSON in, the results as JSON out.
import process from "node:process";
import { conformance } from "./conformance.js";

console.log(JSON.stringify(await conformance(JSON.parse(process.argv[2]))));
