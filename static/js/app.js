// What every page needs. Pages work without it; each module adds one kind of comfort.

import "./times.js";
import "./dialogs.js";
import "./toasts.js";
import "./forms.js";
import "./keys.js";
import "./lines.js";
import "./palette.js";
import "./copy.js";
import "./tabs.js";
import "./paged.js";
