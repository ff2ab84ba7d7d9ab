// What draws charts: a file of its own, which the page loads later.

export { default } from "uplot";
