// A request that gives way to a newer one (hx-sync) is no error, though htmx tells the console of it as of one, twice.
// Where the network fails htmx tells of that too, by another name: nothing is hidden here.
htmx.logger = (element, name, detail) => {
  if (detail.error === name && (name === "htmx:sendAbort" || name === "htmx:afterRequest")) delete detail.error;
};
