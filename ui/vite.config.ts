import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The server to talk to while developing: NERVURE=http://127.0.0.1:4318 npx vite
const server = process.env.NERVURE ?? "http://127.0.0.1:4318";

export default defineConfig({
  plugins: [react()],
  base: "/",
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": server, "/openapi.json": server, "/docs": server, "/static": server } },
  build: {
    outDir: "../src/nervure/_ui",
    emptyOutDir: true,
    assetsDir: "assets",
    // Every browser of the last two years; the server compresses.
    target: "es2022",
    reportCompressedSize: true,
    chunkSizeWarningLimit: 900,
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
