// For workers: the places as JSON in the request, the results as JSON in the answer.
import { conformance } from "./conformance.js";

export default {
  async fetch(request) {
    return Response.json(await conformance(await request.json()));
  },
};
