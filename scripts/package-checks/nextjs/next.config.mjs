export default {
  // Next.js 14 only.
  eslint: { ignoreDuringBuilds: true },
  // Next.js itself is linked from outside the project.
  turbopack: { root: "/" },
};
