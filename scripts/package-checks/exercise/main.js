// For runtimes with a command line: takes the addresses as JSON and prints the results as JSON.
import process from "node:process";
import { exercise } from "./exercise.js";

console.log(JSON.stringify(await exercise(JSON.parse(process.argv[2]))));
