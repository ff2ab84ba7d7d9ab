// The chart library, in a file of its own: the page loads it after its sessions.

export { default } from "uplot";
