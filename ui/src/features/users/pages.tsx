import { IconUsers } from "@tabler/icons-react";
import type { Page } from "@/app/page";

export const PAGES: Page[] = [
  {
    path: "/users",
    title: "Users",
    group: "Watch",
    order: 4,
    icon: IconUsers,
    key: "u",
    load: () => import("./UsersPage"),
  },
  { path: "/users/:userId", title: "User", load: () => import("./UserPage") },
];
