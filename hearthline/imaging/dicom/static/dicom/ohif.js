// What OHIF is told before it begins: where its files stand, and the one root of DICOMweb that it may ask.
const told = JSON.parse(document.getElementById("ohif").textContent);
const here = (path) => new URL(path, location.origin).href;

window.PUBLIC_URL = told.address;
window.browserImportFunction = (name) => import(name);
window.config = {
  name: "hearthline",
  routerBasename: told.place,
  extensions: [],
  modes: [],
  customizationService: {},
  showStudyList: false,
  showErrorDetails: "production",
  maxNumberOfWebWorkers: 3,
  showWarningMessageForCrossOrigin: true,
  showCPUFallbackMessage: true,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  defaultDataSourceName: "hearthline",
  dataSources: [{
    namespace: "@ohif/extension-default.dataSourcesModule.dicomweb",
    sourceName: "hearthline",
    configuration: { ...told.source, qidoRoot: here(told.source.qidoRoot), wadoRoot: here(told.source.wadoRoot) },
  }],
};
