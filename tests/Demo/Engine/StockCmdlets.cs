using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace CseKms.Engine;

/// <summary>
/// Stand-ins for cmdlets that come with pwsh and not with the engine: just the parameters that scripts here use, over the engine's
/// own providers.
/// </summary>
internal static class StockCmdlets
{
    public static IEnumerable<SessionStateCommandEntry> Entries =>
        from type in typeof(StockCmdlets).GetNestedTypes()
        let cmdlet = type.GetCustomAttribute<CmdletAttribute>()
        select new SessionStateCmdletEntry($"{cmdlet.VerbName}-{cmdlet.NounName}", type, helpFileName: null);

    [Cmdlet(VerbsCommon.Get, "ChildItem")]
    public sealed class GetChildItemCommand : PSCmdlet
    {
        [Parameter(Position = 0)]
        public string Path { get; set; } = ".";

        [Parameter]
        public SwitchParameter Recurse { get; set; }

        [Parameter]
        public SwitchParameter File { get; set; }

        [Parameter]
        public SwitchParameter Name { get; set; }

        protected override void ProcessRecord()
        {
            if (Name)
            {
                WriteObject(InvokeProvider.ChildItem.GetNames(Path, ReturnContainers.ReturnMatchingContainers, Recurse), enumerateCollection: true);
            }
            else
            {
                WriteObject(
                    InvokeProvider.ChildItem.Get(Path, Recurse).Where(item => !File || item.BaseObject is FileInfo), enumerateCollection: true);
            }
        }
    }

    [Cmdlet(VerbsCommon.Get, "Content")]
    public sealed class GetContentCommand : PSCmdlet
    {
        [Parameter(Position = 0, Mandatory = true)]
        public string Path { get; set; } = "";

        [Parameter]
        public SwitchParameter Raw { get; set; }

        [Parameter]
        public SwitchParameter AsByteStream { get; set; }

        protected override void ProcessRecord()
        {
            var file = GetUnresolvedProviderPathFromPSPath(Path);
            if (AsByteStream)
            {
                WriteObject(System.IO.File.ReadAllBytes(file), enumerateCollection: !Raw);
            }
            else if (Raw)
            {
                WriteObject(System.IO.File.ReadAllText(file));
            }
            else
            {
                WriteObject(System.IO.File.ReadLines(file), enumerateCollection: true);
            }
        }
    }

    [Cmdlet(VerbsDiagnostic.Test, "Path")]
    public sealed class TestPathCommand : PSCmdlet
    {
        [Parameter(Position = 0, Mandatory = true)]
        public string Path { get; set; } = "";

        protected override void ProcessRecord() => WriteObject(InvokeProvider.Item.Exists(Path));
    }
}
