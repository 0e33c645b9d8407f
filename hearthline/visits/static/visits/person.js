/* What the list of people says of one person, and what who leads may decide about them. */

function standing(person, words, isApart) {
  if (person.state === "removed") return words.takenOut;
  if (person.isAside) return words.apart;
  if (!person.number && !isApart) return person.modality === "phone" ? words.onTelephone : words.connectionLost;
  return person.state === "waiting" ? words.waiting : words.inVisit;
}

export function tagsOf(person, { words, roles }, isApart) {
  const tags = [standing(person, words, isApart)];
  if (!["patient", "clinician"].includes(person.role)) tags.push(roles[person.role]);
  if (person.isHost) tags.push(words.leads);
  if (person.isPinned) tags.push(words.pinned);
  if (person.number && person.modality === "phone") tags.push(words.byTelephone);
  return tags;
}

export function actionsFor(person) {
  const isIn = person.state === "admitted";
  const isClinician = person.role === "clinician";
  if (person.state === "removed") return [{ decision: "ask-again", words: "askAgain" }];
  const actions = [];
  if (!isIn && person.role === "observer") {
    actions.push({ decision: "admit", words: "admitObserver", fields: { agreed: "yes" } });
  } else if (!isIn) actions.push({ decision: "admit", words: "admit" });
  if (isIn && person.isPinned) actions.push({ decision: "unpin", words: "unpin" });
  else if (isIn) actions.push({ decision: "pin-person", words: "pinForAll" });
  if (isIn && isClinician && person.number && person.modality !== "phone") actions.push({ decision: "hand-over", words: "handOver" });
  if (person.modality === "phone") actions.push({ decision: "hang-up", words: "hangUp" });
  if (isIn && !isClinician) actions.push({ decision: "put-back", words: "putBack" });
  if (person.role !== "patient") actions.push({ decision: "remove", words: "remove" });
  return actions;
}
