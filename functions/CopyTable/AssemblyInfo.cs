using System.Runtime.CompilerServices;
using Amazon.Lambda.Core;
using SnapshotBridge.CopyTable;

[assembly: LambdaSerializer(typeof(CopyTableSerializer))]
[assembly: InternalsVisibleTo("Functions.Tests")]
[assembly: InternalsVisibleTo("IntegrityMatrix")]
