// Text to pixels for render/label_atlas.cpp: the browser's 2D canvas knows fonts and scripts, we do not.
mergeInto(LibraryManager.library, {
  $parlorTextRaster: { context: null },
  parlor_text_raster__deps: ['$parlorTextRaster'],
  parlor_text_raster: function (text, pixels, width, height, fontSize) {
    if (!parlorTextRaster.context) {
      var canvas = document.createElement('canvas');
      canvas.width = width;
      canvas.height = height;
      parlorTextRaster.context = canvas.getContext('2d', { willReadFrequently: true });
      if (!parlorTextRaster.context) return 0;
    }
    var context = parlorTextRaster.context;
    var words = UTF8ToString(text);
    context.clearRect(0, 0, width, height);
    context.font = '600 ' + fontSize + 'px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = '#fff';
    var margin = 2;
    var wide = Math.min(Math.ceil(context.measureText(words).width), width - 2 * margin);
    context.fillText(words, width / 2, height / 2, width - 2 * margin);
    HEAPU8.set(context.getImageData(0, 0, width, height).data, pixels);
    return wide;
  },
});
