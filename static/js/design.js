// Lets the design page show what only happens by doing.

import { toast } from "./toasts.js";

document.addEventListener("click", (event) => {
  const kind = event.target.closest("[data-sample-toast]")?.dataset.sampleToast;
  if (kind === "bad") toast("Could not reach the server. Your text is kept.", { kind });
  else if (kind) toast("#142 is now SEV1 (was SEV2). Told 14 people.", { kind, undo: () => toast("#142 is SEV2 again.", { kind: "good" }) });
});
