import { exactlyOnce } from "./exactly-once.js";

exactlyOnce("thunder-compute");
