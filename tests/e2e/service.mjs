// The service under test: the built Worker on a real workerd, with a real Chrome behind each session.

import { randomBytes } from "node:crypto";
import { afterEach } from "node:test";

import { makeSecret } from "../../scripts/keys/secrets.mjs";
import { openPlatform } from "../../scripts/serve/platform.mjs";
import { listProcesses } from "../../scripts/support/processes.mjs";
import { ObligingProject } from "../support/project.mjs";
import { until } from "../support/waits.mjs";

/** @typedef {ObligingProject<Service>} Project */

/** An id that is well formed and belongs to no session. */
export const NOBODYS_ID = "0192f0c1-7b3c-4000-8000-00000000000a";

/**
 * Opens the service in this process, for all tests of a file. After each of them every session is released, and no
 * Chrome may be left.
 *
 * @param {{vars?: Record<string, string>, persist?: string}} [options]
 */
export async function openService({ vars = {}, persist } = {}) {
  const secret = makeSecret();
  const platform = await openPlatform({ persist, vars: { TIDEWATCH_SECRET: secret, ...vars } });
  const service = new Service({ ...platform, secret });
  afterEach(() => service.clear());
  return service;
}

/** A running service, in this process or another. */
export class Service {
  /** @type {Project[]} */
  #projects = [];

  /** @param {{url: string, run: string, secret: string, dispose: () => Promise<void>}} options */
  constructor({ url, run, secret, dispose }) {
    this.url = url;
    this.run = run;
    this.secret = secret;
    this.dispose = dispose;
  }

  get socketUrl() {
    return this.url.replace("http", "ws");
  }

  /** A tenant, by default one that no other test uses. */
  project(name = `p-${randomBytes(6).toString("hex")}`) {
    /** @type {Project} */
    const project = new ObligingProject(this, name);
    this.#projects.push(project);
    return project;
  }

  /**
   * The Chromes of this run: their root processes, without their helpers. A root leads a process group; a helper that
   * has just been forked still has the root's command line.
   */
  chromes() {
    const profile = `--user-data-dir=${this.run}/`;
    return listProcesses().filter(({ pid, group, command }) => pid === group && command.includes(profile));
  }

  /**
   * @param {number} count
   * @param {number} [withinMs]
   */
  untilChromes(count, withinMs) {
    return until(`${count} Chromes`, () => this.chromes().length === count, withinMs);
  }

  /** Releases all sessions, and waits until their Chromes are gone. */
  async clear() {
    await Promise.all(this.#projects.splice(0).map((project) => project.releaseAll()));
    await this.untilChromes(0);
  }
}
