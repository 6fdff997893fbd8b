// What a reader does to a page: run in a document that has the page in a frame of
// every width. What went wrong ends up, a line each, in the element "result".
addEventListener("load", () => {
  const wrong = [];
  document.querySelectorAll("iframe").forEach((frame) => {
    const page = frame.contentWindow;
    const root = page.document.documentElement;
    const check = (right, what) => { if (!right) { wrong.push(frame.width + ": " + what); } };
    const by = (id) => page.document.getElementById(id);
    const shown = () => Array.from(page.document.querySelectorAll(".operator")).filter((e) => e.offsetHeight > 0).map((e) => e.id);
    const beside = (when) => check(root.scrollWidth <= page.innerWidth, when + ", the page is " + root.scrollWidth + " pixels wide");

    check(page.innerWidth === Number(frame.width), "the frame is " + page.innerWidth + " wide");
    beside("at first");
    check(shown().length === 1, "at first it shows " + shown().join(" "));
    check(by("graph").getBoundingClientRect().height > 100, "there is no graph");

    const background = () => page.getComputedStyle(page.document.body).backgroundColor;
    const before = background();
    by("theme").click();
    check(background() !== before, "the first click on the theme leaves the background " + before);
    by("theme").click();
    by("theme").click();
    check(background() === before, "after three clicks on the theme the background is " + background());

    const cards = Array.from(page.document.querySelectorAll(".op"));
    cards.forEach((card) => {
      card.dispatchEvent(new page.MouseEvent("click", { bubbles: true, cancelable: true }));
      const id = "op-" + card.dataset.op;
      check(shown().join() === id, "a click on " + id + " shows " + shown().join(" "));
      check(card.getAttribute("aria-current") === "true", id + " is not marked");
      check(page.document.querySelectorAll("[aria-current]").length === 1, "several are marked beside " + id);
      beside("with " + id);
      const body = card.querySelector(".body");
      check(body.scrollHeight <= card.querySelector(".card").height.baseVal.value + 1, id + " has more text than room");
    });

    const first = cards[0];
    first.focus();
    check(page.document.activeElement === first, "an operator cannot have the focus");
    first.dispatchEvent(new page.KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    check(page.document.activeElement !== first, "the arrow down stays where it is");
    check(shown().join() === "op-" + page.document.activeElement.dataset.op, "the arrow shows " + shown().join(" "));

    by("full").click();
    beside("at full size");
    by("fit").click();
    check(by("graph").getBoundingClientRect().width <= by("canvas").clientWidth + 1, "fit does not fit");
    page.failures.forEach((f) => check(false, f));
  });
  document.getElementById("result").textContent = wrong.concat("done").join("\n");
});
