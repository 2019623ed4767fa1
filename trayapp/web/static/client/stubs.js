function isBlocked() { return false; }
function onViolation() {}
function diagnoseRefusal() {}
function diagnoseSilence() {}
function notifiesHidden() { return false; }
function showStream() {}
function showUpdated() {}
function showReady(apply) { apply(); }
function hideReady() {}
function showBadge() {}
function onCommand() {}
