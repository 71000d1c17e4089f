// On phones a row of tabs scrolls: the one that is open is in view.

const nav = document.querySelector(".tabs");
const here = nav?.querySelector('[aria-current="page"]');
if (here && nav.scrollWidth > nav.clientWidth) {
  nav.scrollLeft = here.offsetLeft - nav.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
}
