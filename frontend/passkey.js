// Makes or uses a passkey: the browser's answer goes into the form around the button, which is then sent like any other.

class PasskeyButton extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.told = this.querySelector("[role=alert]");
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      this.tell("This browser knows no passkeys. Use another way.");
      return;
    }
    this.button.disabled = false;
    this.button.addEventListener("click", () => this.use());
  }

  async use() {
    this.button.disabled = true;
    this.tell("");
    try {
      const answer = await this.answer(JSON.parse(this.dataset.options));
      const form = this.closest("form");
      form.elements.credential.value = JSON.stringify(answer.toJSON());
      form.requestSubmit();
    } catch (fault) {
      this.tell(this.words(fault));
      this.button.disabled = false;
    }
  }

  answer(options) {
    if (this.dataset.act === "create") {
      return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    }
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  }

  words(fault) {
    if (fault.name === "InvalidStateError") return "There is a passkey of yours on this device already.";
    if (fault.name === "NotAllowedError") return "Nothing was used: it was cancelled, took too long, or there is no passkey for this address.";
    return "The passkey could not be used here. Use another way.";
  }

  tell(words) {
    this.told.textContent = words;
    this.told.hidden = !words;
  }
}

customElements.define("passkey-button", PasskeyButton);
