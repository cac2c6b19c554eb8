// For workers: takes the addresses as a JSON request and returns the results as a JSON response.
import { exercise } from "./exercise.js";

export default {
  async fetch(request) {
    return Response.json(await exercise(await request.json()));
  },
};
