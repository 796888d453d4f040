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
    rolldownOptions: {
      output: {
        // What most pages share comes in a few files instead of a hundred: over HTTP/1.1 each costs a turn.
        codeSplitting: {
          groups: [
            {
              name: "react",
              test: /node_modules[\\/](react|react-dom|scheduler|react-router|@tanstack[\\/](query-core|react-query))[\\/]/,
              priority: 3,
            },
            {
              name: "mantine",
              test: /node_modules[\\/](@mantine|@floating-ui|@tabler|clsx|react-remove-scroll|tabbable|aria-hidden)[\\/].*\.m?js$/,
              minShareCount: 3,
              priority: 2,
            },
            { name: "common", test: /src[\\/](lib|design|api)[\\/].*\.tsx?$/, minShareCount: 4, priority: 1 },
          ],
        },
      },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
