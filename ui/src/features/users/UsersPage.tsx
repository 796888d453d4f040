import { PeoplePage } from "@/features/sessions/people";

export default function UsersPage() {
  return <PeoplePage who="user" />;
}
