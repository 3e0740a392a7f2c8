import { describe, expect, test } from "vitest";
import {
  type BootAsk,
  type BootRecord,
  type BootStep,
  MAX_FRUITLESS,
  MAX_UNFETCHED,
  onBootAsk,
  onFetched,
  onSettled,
  onStarted,
  REST_MS,
} from "#src/boot/ladder.ts";

/** One machine, its clock and what it is told: a story is a list of calls. */
class Story {
  record: BootRecord | undefined;
  nowMs = 1_000_000;
  #exchange = 1;
  readonly #modelFailed: number;

  constructor(modelFailed = 0) {
    this.#modelFailed = modelFailed;
  }

  /** DISCOVER and REQUEST of one exchange, which must get the same answer. */
  asks(program: BootAsk["program"], { afterMs = 5000, fetchesHttp = true, loader = "a.efi" } = {}): BootStep {
    this.nowMs += afterMs;
    const exchange = ++this.#exchange;
    const ask = { program, fetchesHttp, exchange, modelFailed: this.#modelFailed };
    const offer = onBootAsk(this.record, { ...ask, nowMs: this.nowMs });
    this.record = offer.give === "loader" ? { ...offer.record, loader } : offer.record;
    this.nowMs += 4000;
    const ack = onBootAsk(this.record, { ...ask, nowMs: this.nowMs });
    expect(ack.give).toBe(offer.give);
    expect(ack.hasFailed).toBe(false);
    this.record = ack.record;
    return offer;
  }

  fetches(loader = "a.efi"): void {
    this.nowMs += 500;
    if (this.record) this.record = onFetched(this.record, loader, this.nowMs);
  }

  settles(): void {
    if (this.record) this.record = onSettled(this.record);
  }

  starts(): void {
    this.nowMs += 500;
    if (this.record) this.record = onStarted(this.record, this.nowMs);
  }
}

describe("firmware", () => {
  test("a loader that works is given again, boot after boot", () => {
    const story = new Story();
    for (let boot = 0; boot < 3; boot++) {
      expect(story.asks("pxe")).toMatchObject({ give: "loader", hasFailed: false });
      story.fetches();
      expect(story.asks("ipxe", { afterMs: 1000 }).give).toBe("script");
      story.starts();
    }
    expect(story.record).toMatchObject({ failedLoaders: 0, replaceRom: false });
  });

  test("fetched whole, and then the same firmware asks anew: the next loader", () => {
    const story = new Story();
    story.asks("pxe");
    story.fetches();
    expect(story.asks("pxe", { afterMs: 20_000 })).toMatchObject({
      hasFailed: true,
      record: { failedLoaders: 1 },
    });
  });

  test("what follows at once in the firmware's boot order gets the next loader as well", () => {
    const story = new Story();
    story.asks("pxe");
    story.fetches();
    expect(story.asks("httpBoot", { afterMs: 10 })).toMatchObject({
      ...{ give: "loader", hasFailed: true },
      record: { failedLoaders: 1 },
    });
  });

  test.each([
    ["the loader was never fetched", (): void => {}, 20_000],
    ["it fetched another file", (story: Story): void => story.fetches("b.efi"), 20_000],
    ["it was switched off for long", (story: Story): void => story.fetches(), 3_600_000],
    ["the packet came at once, so it is a repeat", (story: Story): void => story.fetches(), 100],
  ])("no failure: %s", (_, meanwhile, afterMs) => {
    const story = new Story();
    story.asks("pxe");
    meanwhile(story);
    expect(story.asks("pxe", { afterMs })).toMatchObject({ hasFailed: false, record: { failedLoaders: 0 } });
  });

  test("a model that others have shown to fail begins where it works", () => {
    expect(new Story(1).asks("pxe").record.failedLoaders).toBe(1);
  });
});

describe("firmware in circles", () => {
  test("a loader that starts and never comes for its script is told so, and at last given a rest", () => {
    const story = new Story();
    const given: string[] = [];
    for (let boot = 0; boot < MAX_FRUITLESS; boot++) {
      expect(story.asks("pxe", { afterMs: 20_000 }).give).toBe("loader");
      story.fetches();
      given.push(story.asks("ipxe", { afterMs: 1000 }).give);
    }
    expect(given).toEqual([...Array(MAX_UNFETCHED + 1).fill("script"), ...Array(4).fill("notice")]);
    expect(story.asks("pxe", { afterMs: 20_000 })).toMatchObject({
      give: "notice",
      record: { phase: "resting", failedLoaders: 0 },
    });
  });

  test.each([
    ["soon after each other", 20_000, (): void => {}, 5],
    ["an hour apart", 3_600_000, (): void => {}, 1],
    ["with an agent that called between", 20_000, (story: Story): void => story.settles(), 1],
  ])("scripts in a row count: %s", (_, afterMs, meanwhile, expected) => {
    const story = new Story();
    for (let boot = 0; boot < 5; boot++) {
      meanwhile(story);
      story.asks("pxe", { afterMs });
      story.fetches();
      story.asks("ipxe", { afterMs: 1000 });
      story.starts();
      story.starts();
    }
    expect(story.record?.scripts).toBe(expected);
  });

  test("loads without end are given a rest, and then another try", () => {
    const story = new Story();
    const given: string[] = [];
    for (let boot = 0; boot <= MAX_FRUITLESS + 1; boot++) {
      given.push(story.asks("pxe", { afterMs: 20_000 }).give);
      story.fetches();
    }
    expect(given).toEqual([...Array(MAX_FRUITLESS).fill("loader"), "notice", "notice"]);
    expect(story.asks("pxe", { afterMs: REST_MS })).toMatchObject({
      give: "loader",
      record: { fruitless: 0 },
    });
  });
});

describe("iPXE", () => {
  test("in a card's ROM gets its script at once, every time", () => {
    const story = new Story();
    for (let boot = 0; boot < 20; boot++) {
      expect(story.asks("ipxe").give).toBe("script");
      story.starts();
    }
  });

  test("in a ROM that does not come for its script gets our loader, which looks the same on the wire, once a boot", () => {
    const story = new Story();
    expect(story.asks("ipxe").give).toBe("script");
    for (let boot = 0; boot < 3; boot++) {
      expect(story.asks("ipxe", { afterMs: 20_000 }).give).toBe("loader");
      story.fetches();
      expect(story.asks("ipxe", { afterMs: 1000 }).give).toBe("script");
      story.starts();
    }
  });

  test("without HTTP gets our loader from the start", () => {
    const story = new Story();
    expect(story.asks("ipxe", { fetchesHttp: false }).give).toBe("loader");
    story.fetches();
    expect(story.asks("ipxe", { afterMs: 1000 }).give).toBe("script");
  });

  test("never goes in circles: when our loaders do not come for the script either, its screen is told", () => {
    const story = new Story();
    const given: string[] = [];
    for (let boot = 0; boot < 30; boot++) {
      const { give } = story.asks("ipxe", { afterMs: 20_000 });
      given.push(give);
      if (give === "loader") story.fetches();
    }
    expect(given.slice(-10)).toEqual(Array(10).fill("notice"));
    expect(given.filter((give) => give === "loader").length).toBeLessThan(5);
    expect(story.record?.failedLoaders).toBeGreaterThan(0);
  });
});
