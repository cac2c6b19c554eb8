import { exactlyOnce } from "./exactly-once.js";

exactlyOnce("vast");
