import { exactlyOnce } from "./exactly-once.js";

exactlyOnce("runcrate");
