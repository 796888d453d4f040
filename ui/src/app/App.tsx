import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { queries } from "@/api/hooks";
import { Crashed, Lost } from "./Crashed";
import { PAGES } from "./registry";
import { Shell } from "./Shell";
import { theme, variables } from "./theme";

const router = createBrowserRouter(
  [
    {
      element: <Shell />,
      errorElement: <Crashed />,
      children: [
        ...PAGES.map((page) => {
          const Content = lazy(page.load);
          return { path: page.path, element: <Content />, errorElement: <Crashed />, handle: page };
        }),
        { path: "*", element: <Lost /> },
      ],
    },
  ],
  { basename: "/app" },
);

export function App() {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
