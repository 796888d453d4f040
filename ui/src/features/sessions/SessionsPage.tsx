import { PeoplePage } from "./people";

export default function SessionsPage() {
  return <PeoplePage who="session" />;
}
