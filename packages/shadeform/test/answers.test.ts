import { answersSuite } from "@gpu/testing";

answersSuite({
  documentFile: new URL("../openapi.json", import.meta.url),
  recordedAnswersFile: new URL("answers.json", import.meta.url),
});
