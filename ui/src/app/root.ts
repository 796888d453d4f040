// The app lives below /app, because other paths of the root belong to protocols (/metrics, /v1/traces, ...). Imported before
// the router, which reads the address when it is made.
if (!location.pathname.startsWith("/app")) history.replaceState(null, "", `/app/${location.search}${location.hash}`);
